/** Looks why nothing moves, now and then while nothing does, so that the operator reads a reason and not a silence. */
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { files } from './activities.ts';

const FIRST_LOOK_MS = 5 * 60_000;
const LONGEST_STEP_MS = 60 * 60_000;

export interface Watched {
  profile: string;
  /** Anything that changes while work is done. */
  moved(): number;
  onWaiting(waitingFor: string | null): void;
}

/** Runs `work` with a look aside. The watch ends with the work and never disturbs it. */
export async function watchingQuota<T>(watched: Watched, work: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope({ cancellable: true });
  const watching = scope
    .run(() => watch(watched))
    .catch((error: unknown) => {
      if (!isCancellation(error)) watched.onWaiting(null);
    });
  try {
    return await work();
  } finally {
    scope.cancel();
    await watching;
  }
}

async function watch({ profile, moved, onWaiting }: Watched): Promise<void> {
  for (let stepMs = FIRST_LOOK_MS; ; stepMs = Math.min(stepMs * 2, LONGEST_STEP_MS)) {
    const before = moved();
    await sleep(stepMs, { summary: 'until the next look whether anything moves' });
    if (moved() !== before) {
      onWaiting(null);
      stepMs = FIRST_LOOK_MS / 2;
      continue;
    }
    const quota = await files.describeWaiting.executeWithOptions({ summary: 'why nothing moves' }, [{ profile }]);
    onWaiting(quota.waiting_for);
  }
}
