import { EventLoopYielder } from '../sheets/index.ts';
import type { Steps } from '../tables/steps.ts';

/** Runs the steps, and lets timers and I/O run every few milliseconds. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  const yielder = new EventLoopYielder();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (yielder.due()) await yielder.rest();
  }
}
