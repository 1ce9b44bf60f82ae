/** Work on the days of a profile, of which one that fails holds up no other. */
import type { Store } from '../store/store.ts';
import { manifestDays } from './storage-keys.ts';

export interface EachDay {
  onFailed: (day: string, error: unknown) => void;
  signal: AbortSignal;
}

/** Those that have a manifest, one after the other, the oldest first. */
export async function forEachDay(
  store: Store,
  profile: string,
  { onFailed, signal }: EachDay,
  work: (day: string) => Promise<void>,
): Promise<void> {
  for (const day of await manifestDays(store, profile)) {
    if (signal.aborted) return;
    try {
      await work(day);
    } catch (error) {
      onFailed(day, error);
    }
  }
}
