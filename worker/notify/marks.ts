/**
 * What a receiver was told of, as files in the store that all workers share: `notified/<receiver>/…`, one for each cause.
 *
 * At most once: a mark says `told` before anything is sent, under a lock, and stays so whatever becomes of the process. Only
 * where nothing can have arrived it is given back, to be tried again later, a few times.
 */
import { z } from 'zod';
import { StoreError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';

const LOCK = 'notified';
const TRIES = 8;
/** After the first try that reached nobody; each further one waits twice as long, two hours in all. */
const FIRST_PAUSE_MS = 30_000;

const schema = z.object({
  state: z.enum(['told', 'given back']),
  tries: z.number(),
  /** Unix ms. */
  at_ms: z.number(),
});
type Mark = z.infer<typeof schema>;

export type MarkStore = Pick<Store, 'readJson' | 'writeJson' | 'remove' | 'withLock' | 'list'>;

/** `due`: to be told now. `later`: nobody was reached, and it is not yet time to try again. */
type Standing = 'due' | 'later' | 'settled';

export class Marks {
  readonly #store: MarkStore;
  readonly #nowMs: () => number;

  constructor(store: MarkStore, nowMs: () => number = Date.now) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /**
   * Marks as told what is not yet.
   * @returns `taken`: the caller, and nobody else, is to tell of these. `settled`: there is nothing more to do about any.
   */
  async take(keys: readonly string[]): Promise<{ taken: string[]; settled: boolean }> {
    const standing = await this.#standingOf(keys);
    if (!standing.includes('due')) return { taken: [], settled: !standing.includes('later') };
    return await this.#store.withLock(LOCK, async (lock) => {
      const taken: string[] = [];
      for (const key of keys) {
        const known = await this.#read(key);
        if (this.#standing(known) !== 'due') continue;
        await lock.assertHeld();
        await this.#write(key, { state: 'told', tries: (known?.tries ?? 0) + 1, at_ms: this.#nowMs() });
        taken.push(key);
      }
      // Whoever has taken the lock over since has either seen the marks or will tell of it itself.
      await lock.assertHeld();
      return { taken, settled: taken.length === keys.length };
    });
  }

  /**
   * Nothing arrived of what was taken.
   * @returns whether it will be tried again
   */
  async giveBack(keys: readonly string[]): Promise<boolean> {
    let isTriedAgain = false;
    for (const key of keys) {
      const known = await this.#read(key);
      if (known === null) continue;
      await this.#write(key, { ...known, state: 'given back', at_ms: this.#nowMs() });
      isTriedAgain ||= known.tries < TRIES;
    }
    return isTriedAgain;
  }

  /** Keys of the marks below a folder. */
  async below(folder: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const key of this.#store.list(folder)) keys.push(key);
    return keys;
  }

  /** The cause is over: the next one of its kind is another. `goneSinceMs`: a mark that is newer stays. */
  async forget(key: string, goneSinceMs: number): Promise<void> {
    await this.#store.withLock(LOCK, async (lock) => {
      const known = await this.#read(key);
      if (known === null || known.at_ms >= goneSinceMs) return;
      await lock.assertHeld();
      await this.#store.remove(key);
    });
  }

  /** When this was first asked for, unix ms. */
  async since(key: string): Promise<number> {
    const known = await this.#read(key);
    if (known !== null) return known.at_ms;
    return await this.#store.withLock(LOCK, async (lock) => {
      const now = (await this.#read(key)) ?? { state: 'told' as const, tries: 0, at_ms: this.#nowMs() };
      await lock.assertHeld();
      await this.#write(key, now);
      return now.at_ms;
    });
  }

  async #standingOf(keys: readonly string[]): Promise<Standing[]> {
    const standing: Standing[] = [];
    for (const key of keys) standing.push(this.#standing(await this.#read(key)));
    return standing;
  }

  #standing(mark: Mark | null): Standing {
    if (mark === null) return 'due';
    if (mark.state === 'told' || mark.tries >= TRIES) return 'settled';
    return this.#nowMs() - mark.at_ms >= FIRST_PAUSE_MS * 2 ** (mark.tries - 1) ? 'due' : 'later';
  }

  async #read(key: string): Promise<Mark | null> {
    try {
      return schema.parse(await this.#store.readJson(key));
    } catch (error) {
      if (error instanceof StoreError && error.code === 'not-found') return null;
      const isDamaged = error instanceof z.ZodError || (error instanceof StoreError && error.code === 'damaged');
      if (!isDamaged) throw error;
      // Whatever stands in it, there was somebody who set out to tell.
      return { state: 'told', tries: TRIES, at_ms: 0 };
    }
  }

  async #write(key: string, mark: Mark): Promise<void> {
    await this.#store.writeJson(key, mark);
  }
}
