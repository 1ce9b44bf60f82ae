/**
 * The activities as the workflows see them, grouped by how they fail and how long they may take.
 */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, CallActivities } from '../../activities/index.ts';

/**
 * Calls to Feishu. They run on a queue of their own, which only the process that holds the pace serves.
 * Unlimited attempts: waiting for a turn, a throttle answer or a lost pace holder is no reason to give up; the activity
 * itself gives up on real failures. The heartbeat tells a dead process from a long wait. A cancelled call that has
 * been sent is answered first: its effect is not thrown away.
 */
export const api = proxyActivities<CallActivities>({
  taskQueue: `${workflowInfo().taskQueue}.api`,
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '9 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Reading and writing files: idempotent, so tried until the store answers; the activity itself gives up on what does not pass. */
export const files = proxyActivities<Activities>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/**
 * A look at files before something else is started, without the way over the server: there is one for each meeting. The
 * worker that runs the workflow makes it, and tries as long as `files` does.
 */
export const look = proxyLocalActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 20 },
});

/** Waits for another run, however long it takes. */
export const watch = proxyActivities<Activities>({
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '30 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** A look at the worker's settings: no queue, no wait. */
export const settings = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumAttempts: 3 },
});
