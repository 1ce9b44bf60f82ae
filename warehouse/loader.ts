/**
 * Loads what the warehouse lacks, for as long as the process lives: at its start, soon after each commit, and every few
 * minutes. Nobody waits for it: a warehouse that is away holds nothing up, and has all of it when it is back.
 */
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { WarehouseError } from './errors.ts';
import { loadDay, type LoadedDay } from './load-day.ts';
import { prepareSchema } from './schema.ts';
import { withSession, type Session, type Warehouse } from './session.ts';
import { ManifestHashes, standingOf } from './standing.ts';

const LOOK_EVERY_MS = 5 * 60_000;
const RETRY_MS = 15_000;
/** A day that another process has at hand is left to it; it is looked at again. */
const WAIT_MS = 100;

export interface LoaderEvents {
  onLoaded(of: { profile: string; days: number; rows: number }): void;
  /** Days that the warehouse lacks, after a look at it. */
  onStanding?(of: { profile: string; lacking: number }): void;
  /** Of one day; others are loaded. Said once for each of its commits. */
  onDayRefused(of: { profile: string; day: string; reason: string }): void;
  /** Said once, until it is over. */
  onTrouble(of: { reason: string }): void;
  onOver(): void;
}

export interface LoaderOptions extends LoaderEvents {
  warehouse: Warehouse;
  store: Store;
  profiles: readonly string[];
  /** How long it rests where nothing is left to do. */
  lookEveryMs?: number;
  /** How soon it tries again where the warehouse does not answer, or another process has a day at hand. */
  retryMs?: number;
}

export class Loader {
  readonly #o: LoaderOptions;
  readonly #manifests: ManifestHashes;
  readonly #stopping = new AbortController();
  /** Days that cannot be loaded, by the commit that this was seen of. */
  readonly #refused = new Map<string, string>();
  readonly #ended: Promise<void>;
  #isInTrouble = false;
  #isNudged = false;
  #wake = (): void => undefined;

  constructor(options: LoaderOptions) {
    this.#o = options;
    this.#manifests = new ManifestHashes(options.store);
    this.#ended = this.#run();
  }

  /** Something was committed. */
  nudge(): void {
    this.#isNudged = true;
    this.#wake();
  }

  /** At once: what is under way is undone by the server, and loaded by whoever comes next. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#isNudged = false;
      const isDone = await this.#pass();
      const { lookEveryMs = LOOK_EVERY_MS, retryMs = RETRY_MS } = this.#o;
      if (!this.#isNudged) await this.#pause(isDone ? lookEveryMs : retryMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms).unref();
    });
  }

  /** @returns false where something is left that need not wait for the next look */
  async #pass(): Promise<boolean> {
    const { warehouse, onTrouble, onOver } = this.#o;
    try {
      const isDone = await withSession(
        warehouse,
        async (session) => {
          await prepareSchema(session);
          let all = true;
          for (const profile of this.#o.profiles) all = (await this.#loadProfile(session, profile)) && all;
          return all;
        },
        this.#stopping.signal,
      );
      if (this.#isInTrouble) onOver();
      this.#isInTrouble = false;
      return isDone;
    } catch (error) {
      if (this.#stopping.signal.aborted) return true;
      if (!this.#isInTrouble) onTrouble({ reason: wordsOf(error) });
      this.#isInTrouble = true;
      // A person has to do something about all else, and trying a wrong password again and again locks users out.
      return error instanceof WarehouseError && error.code !== 'away';
    }
  }

  async #loadProfile(session: Session, profile: string): Promise<boolean> {
    const { lacking } = await standingOf(session, { profile, manifests: this.#manifests });
    const told = { profile, days: 0, rows: 0 };
    let isDone = true;
    try {
      for (const { day, sha256 } of lacking) {
        const key = `${profile}/${day}`;
        if (this.#stopping.signal.aborted) return false;
        if (this.#refused.get(key) === sha256) continue;
        const result = await this.#loadDay(session, { profile, day });
        if (result === null) this.#refused.set(key, sha256);
        if (result?.status === 'busy') isDone = false;
        if (result?.status !== 'loaded') continue;
        told.days += 1;
        told.rows += result.rows;
      }
    } finally {
      if (told.days > 0) this.#o.onLoaded(told);
      this.#o.onStanding?.({ profile, lacking: lacking.length - told.days });
    }
    return isDone;
  }

  /** Null where the day is what keeps it from being loaded. */
  async #loadDay(session: Session, of: { profile: string; day: string }): Promise<LoadedDay | null> {
    try {
      return await loadDay(session, this.#o.store, { ...of, waitMs: WAIT_MS });
    } catch (error) {
      if (!isOfTheDay(error)) throw error;
      this.#o.onDayRefused({ ...of, reason: wordsOf(error) });
      return null;
    }
  }
}

/** Others of the days may be loaded all the same. */
export function isOfTheDay(error: unknown): boolean {
  if (error instanceof StoreError) return error.code !== 'unavailable';
  return error instanceof WarehouseError && error.code === 'rows';
}

/** Of errors that nobody foresaw no text goes on: it may quote a row. */
function wordsOf(error: unknown): string {
  if (error instanceof WarehouseError || error instanceof StoreError) return error.message;
  return error instanceof Error ? error.name : 'an unknown error';
}
