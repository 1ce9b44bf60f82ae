/**
 * The activities that make no call, as the workflows see them, grouped by how they fail and how long they may take.
 * Calls of Feishu go through `api-calls.ts`.
 */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { applicationFailure } from './outcomes.ts';

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

type Looks = Pick<
  Activities,
  'describeProfile' | 'describeDay' | 'describeRange' | 'describeMeeting' | 'pendingSessions'
>;

const here = proxyLocalActivities<Looks>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 3, nonRetryableErrorTypes: ['ProfileNotHere', 'StoreUnavailable'] },
});
const anywhere = proxyActivities<Looks>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/**
 * A short look at settings and files, made by the worker that runs the workflow, without the way over the server. Where
 * that worker does not know the profile or does not reach the store, any other one may answer, now or later.
 */
export const look: Looks = {
  describeProfile: (input) => orElsewhere(here.describeProfile(input), () => anywhere.describeProfile(input)),
  describeDay: (input) => orElsewhere(here.describeDay(input), () => anywhere.describeDay(input)),
  describeRange: (input) => orElsewhere(here.describeRange(input), () => anywhere.describeRange(input)),
  describeMeeting: (input) => orElsewhere(here.describeMeeting(input), () => anywhere.describeMeeting(input)),
  pendingSessions: (input) => orElsewhere(here.pendingSessions(input), () => anywhere.pendingSessions(input)),
};

async function orElsewhere<T>(looked: Promise<T>, elsewhere: () => Promise<T>): Promise<T> {
  try {
    return await looked;
  } catch (error) {
    const type = applicationFailure(error)?.type;
    if (type !== 'ProfileNotHere' && type !== 'StoreUnavailable') throw error;
    return await elsewhere();
  }
}

/** Says why nothing moves. One attempt: where it fails, the next look is soon enough. */
export const { describeWaiting } = proxyLocalActivities<Pick<Activities, 'describeWaiting'>>({
  startToCloseTimeout: '5 seconds',
  retry: { maximumAttempts: 1 },
});
