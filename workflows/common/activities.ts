/**
 * The activities that make no call, as the workflows see them, grouped by how they fail and how long they may take.
 * Calls of Feishu go through `api-calls.ts`.
 */
import { ActivityFailure, proxyActivities, proxyLocalActivities, TimeoutFailure } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { applicationFailure, failure } from './outcomes.ts';

/** Reading and writing files: idempotent, so tried until the store answers. The activity says what is final. */
export const files = proxyActivities<Activities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Looks at other runs: short, and repeated for as long as it takes. */
export const runs = proxyActivities<Pick<Activities, 'whoRuns' | 'untilFree'>>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
});

export type Looks = Pick<
  Activities,
  'describeProfile' | 'describeDay' | 'describeRange' | 'describeMeeting' | 'pendingSessions'
>;

const here = proxyLocalActivities<Looks>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 3, nonRetryableErrorTypes: ['ProfileNotHere', 'StoreUnavailable'] },
});
/** So long a name is asked for that no worker knows: settings may be on their way. */
const anywhere = proxyActivities<Looks>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/**
 * A short look at settings and files, made by the worker that runs the workflow, without the way over the server. Where
 * that worker does not know the profile or does not reach the store, any other one may answer, now or later.
 * @param around what is done while it waits for another one. Not before: a timer that is cancelled right after a slow local
 * activity does not replay.
 */
export function looksWith(around: <T>(wait: () => Promise<T>) => Promise<T>): Looks {
  const elsewhere = <T>(looked: Promise<T>, again: () => Promise<T>) => orElsewhere(looked, () => around(again));
  return {
    describeProfile: (input) => elsewhere(here.describeProfile(input), () => anywhere.describeProfile(input)),
    describeDay: (input) => elsewhere(here.describeDay(input), () => anywhere.describeDay(input)),
    describeRange: (input) => elsewhere(here.describeRange(input), () => anywhere.describeRange(input)),
    describeMeeting: (input) => elsewhere(here.describeMeeting(input), () => anywhere.describeMeeting(input)),
    pendingSessions: (input) => elsewhere(here.pendingSessions(input), () => anywhere.pendingSessions(input)),
  };
}

/** For work that is watched anyway. */
export const look = looksWith((wait) => wait());

/** @throws ApplicationFailure `InvalidInput` where no worker has known the profile for an hour */
async function orElsewhere<T>(looked: Promise<T>, elsewhere: () => Promise<T>): Promise<T> {
  try {
    return await looked;
  } catch (error) {
    if (whyNoLook(error) === null) throw error;
  }
  for (;;) {
    try {
      return await elsewhere();
    } catch (error) {
      const why = whyNoLook(error);
      if (why === 'not here') throw failure('InvalidInput', `profile: ${applicationFailure(error)?.message}`);
      // A store is waited for without an end, unless it has refused.
      if (why === null || applicationFailure(error)?.nonRetryable === true) throw error;
    }
  }
}

/**
 * Why a worker could not look, where another one or a later look may; null: the failure is the answer. A look that comes to
 * no end hangs in the store: a mount whose server is gone gives no error.
 */
export function whyNoLook(error: unknown): 'not here' | 'away' | null {
  const type = applicationFailure(error)?.type;
  if (type === 'ProfileNotHere') return 'not here';
  const hangs = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
  return hangs || type === 'StoreUnavailable' ? 'away' : null;
}

/** Says why nothing moves. One attempt: where it fails, the next look is soon enough. */
export const { describeWaiting } = proxyLocalActivities<Pick<Activities, 'describeWaiting'>>({
  startToCloseTimeout: '5 seconds',
  retry: { maximumAttempts: 1 },
});
