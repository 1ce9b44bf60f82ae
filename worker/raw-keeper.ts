/**
 * Encrypts the raw files of days that are sealed, and drops their answers after as long as `RAW_KEEP` says: at a worker's start,
 * after commits, and once a day.
 */
import type { Logger } from 'pino';
import { dropOldAnswers, type DroppedAnswers } from '../dataset/drop-answers.ts';
import { encryptSealedDays } from '../dataset/encrypt-answers.ts';
import type { Store } from '../store/store.ts';
import type { Settings } from './config.ts';
import { errorText } from './error-text.ts';

const EVERY_MS = 86_400_000;
/** A backfill commits day after day: one look stands for some of them. */
const AFTER_COMMIT_MS = 60_000;

export interface RawKeeper {
  /** A day was committed, which may be sealed now. */
  nudge(): void;
  stop(): Promise<void>;
}

export function keepRaw(
  { rawKeep: { policy, afterDays, encrypts }, role }: Pick<Settings, 'rawKeep' | 'role'>,
  { store, profiles, logger }: { store: Store; profiles: readonly string[]; logger: Logger },
): RawKeeper | null {
  if ((afterDays === null && !encrypts) || role === 'api') return null;
  const stopping = new AbortController();
  let working = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;
  const look = (): void => {
    soon = undefined;
    working = working.then(async () => {
      for (const profile of profiles) {
        const onDropped = (day: string, what: DroppedAnswers): void =>
          logger.info({ profile, day, policy, ...what }, 'raw answers dropped by policy');
        const onEncrypted = (day: string): void => logger.info({ profile, day }, 'raw answers encrypted by policy');
        const stay = (error: unknown, day?: string): void =>
          logger.warn(
            { profile, day, error: errorText(error) },
            'raw answers stay as they are for longer than RAW_KEEP says; the next look goes on',
          );
        const how = { onFailed: (day: string, error: unknown) => stay(error, day), signal: stopping.signal };
        try {
          if (afterDays !== null) await dropOldAnswers(store, { profile, policy, afterDays }, { onDropped, ...how });
          if (encrypts) await encryptSealedDays(store, profile, { onEncrypted, ...how });
        } catch (error) {
          stay(error);
        }
      }
    });
  };
  look();
  const daily = setInterval(look, EVERY_MS).unref();
  return {
    nudge: () => {
      if (afterDays === 0 || encrypts) soon ??= setTimeout(look, AFTER_COMMIT_MS).unref();
    },
    stop: async () => {
      stopping.abort();
      clearInterval(daily);
      clearTimeout(soon);
      await working;
    },
  };
}
