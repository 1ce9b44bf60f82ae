/**
 * Looks why nothing moves, now and then while nothing does, so that the operator reads a reason and not a silence.
 *
 * A look is a timer and a local activity: six events. While all is well there are none but a timer a minute; a run that
 * waits for a week makes some thousand of them.
 */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { describeWaiting } from './activities.ts';

const IDLE_MS = 20_000;
const MINUTE_MS = 60_000;
const LONGEST_STEP_MS = 30 * MINUTE_MS;
/** Something that moved so recently most likely goes on: it is left alone for a minute. */
const JUST_NOW_MS = 8000;

/**
 * When to look whether anything moves.
 * @param idleMs since something moved last
 * @returns milliseconds from now, and whether a reason is to be asked for before
 */
export function nextLook(idleMs: number): { ask: boolean; inMs: number } {
  if (idleMs < JUST_NOW_MS) return { ask: false, inMs: MINUTE_MS };
  if (idleMs < IDLE_MS) return { ask: false, inMs: IDLE_MS - idleMs };
  const early = Math.min(MINUTE_MS, Math.max(IDLE_MS, idleMs / 5));
  return { ask: true, inMs: Math.min(LONGEST_STEP_MS, Math.max(early, idleMs / 60)) };
}

export interface Watched {
  profile: string;
  /** When something moved last, unix ms. */
  movedAtMs(): number;
  /** Resolves when the run is not paused. */
  go(): Promise<void>;
  onWaiting(waitingFor: string | null): void;
}

/** Runs `work` with a look aside. The watch ends with the work and never disturbs it. */
export async function watching<T>(watched: Watched, work: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope({ cancellable: true });
  const ended = scope
    .run(() => watch(watched))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    return await work();
  } finally {
    scope.cancel();
    await ended;
  }
}

async function watch(watched: Watched): Promise<never> {
  for (let inMs = IDLE_MS; ;) {
    await sleep(inMs, { summary: 'until the next look whether anything moves' });
    await watched.go();
    const look = nextLook(Date.now() - watched.movedAtMs());
    inMs = look.inMs;
    if (look.ask) await ask(watched);
  }
}

async function ask({ profile, movedAtMs, onWaiting }: Watched): Promise<void> {
  const before = movedAtMs();
  try {
    const { waiting_for } = await describeWaiting({ profile });
    if (movedAtMs() === before) onWaiting(waiting_for);
  } catch (error) {
    // Nothing is known then; the next look may say.
    if (isCancellation(error)) throw error;
  }
}
