/** Drops the raw answers of days that were sealed for as long as `RAW_KEEP` says: at a worker's start, after commits, and once a day. */
import type { Logger } from 'pino';
import { dropOldAnswers, type DroppedAnswers } from '../dataset/drop-answers.ts';
import type { Store } from '../store/store.ts';
import type { Settings } from './config.ts';

const EVERY_MS = 86_400_000;
/** A backfill commits day after day: one look stands for some of them. */
const AFTER_COMMIT_MS = 60_000;

export interface RawKeeper {
  /** A day was committed, which may be sealed now. */
  nudge(): void;
  stop(): Promise<void>;
}

export function keepRaw(
  { rawKeep: { policy, afterDays }, role }: Pick<Settings, 'rawKeep' | 'role'>,
  { store, profiles, logger }: { store: Store; profiles: readonly string[]; logger: Logger },
): RawKeeper | null {
  if (afterDays === null || role === 'api') return null;
  const stopping = new AbortController();
  let working = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;
  const look = (): void => {
    soon = undefined;
    working = working.then(async () => {
      try {
        for (const profile of profiles) {
          const onDropped = (day: string, what: DroppedAnswers): void =>
            logger.info({ profile, day, policy, ...what }, 'raw answers dropped by policy');
          const { signal } = stopping;
          await dropOldAnswers(store, { profile, policy, afterDays }, { onDropped, signal });
        }
      } catch (error) {
        logger.warn(
          { error: String(error) },
          'raw answers stay for longer than RAW_KEEP says; they go with the next look',
        );
      }
    });
  };
  look();
  const daily = setInterval(look, EVERY_MS).unref();
  return {
    nudge: () => {
      if (afterDays === 0) soon ??= setTimeout(look, AFTER_COMMIT_MS).unref();
    },
    stop: async () => {
      stopping.abort();
      clearInterval(daily);
      clearTimeout(soon);
      await working;
    },
  };
}
