/**
 * The one way from a workflow to Feishu: on the queue that serves the app, taken back by a pause while it waits for its
 * turn, and made elsewhere where the queue no longer serves the app.
 */
import { ActivityCancellationType, scheduleActivity, sleep, workflowInfo } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { CallActivities } from '../../activities/index.ts';
import { CALL_VERSION } from '../../model/call-version.ts';
import { fairnessKey, PRIORITY } from '../ids.ts';
import { look } from './activities.ts';
import { applicationFailure } from './outcomes.ts';
import type { Steering } from './steering.ts';

/**
 * Unlimited attempts: waiting for a turn, a throttle answer or a lost holder of the lease is no reason to give up; the
 * activity itself gives up on real failures, and says for each when to come back: the policy is for what a process that
 * died or hangs leaves behind, however often it has waited before. The heartbeat tells such a process from a long wait. A
 * cancelled call that has been sent is answered first: its effect is not thrown away.
 */
const CALL: ActivityOptions = {
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '9 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 1 },
};

/** Before everything that waits for a call. Where nobody makes calls there is nothing to hold. */
const HOLD: ActivityOptions = {
  startToCloseTimeout: '5 seconds',
  scheduleToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1 },
  priority: { priorityKey: PRIORITY.person },
};

/** Before a queue that does not serve the app is asked again. A night of settings that do not agree fits into one history. */
export function untilServedMs(askedAgain: number): number {
  return Math.min(5 * 60_000, 5000 * 2 ** askedAgain);
}

type CallName = Exclude<keyof CallActivities, 'setRunHeld'>;
type CallInput<K extends CallName> = Omit<Parameters<CallActivities[K]>[0], 'version'>;
type CallResult<K extends CallName> = Awaited<ReturnType<CallActivities[K]>>;

export class ApiCalls {
  readonly #profile: string;
  readonly #steering: Steering;
  #taskQueue: string;

  constructor({ profile, taskQueue, steering }: { profile: string; taskQueue: string; steering: Steering }) {
    this.#profile = profile;
    this.#taskQueue = taskQueue;
    this.#steering = steering;
    steering.holdCallsBy((held) => this.#hold(held));
  }

  /** What children are handed on. */
  get taskQueue(): string {
    return this.#taskQueue;
  }

  /** @param summary what the operator reads in the Temporal UI; no names and no user ids */
  async make<K extends CallName>(name: K, input: CallInput<K>, summary: string): Promise<CallResult<K>> {
    const args = [{ ...input, version: CALL_VERSION }];
    for (let askedAgain = 0; ;) {
      const taskQueue = this.#taskQueue;
      try {
        return await this.#steering.call(() =>
          scheduleActivity<CallResult<K>>(name, args, { ...CALL, taskQueue, summary }),
        );
      } catch (error) {
        if (applicationFailure(error)?.type !== 'WrongShard') throw error;
        this.#taskQueue = (await look.describeProfile({ profile: this.#profile })).api_task_queue;
        // The worker that was asked has settings of its own; it will be told by and by.
        if (this.#taskQueue !== taskQueue) continue;
        await sleep(untilServedMs(askedAgain++), { summary: 'until the queue serves the app' });
      }
    }
  }

  /** Stops what waits for its turn below this run, at once, however long the pause takes to reach every child. */
  async #hold(held: boolean): Promise<void> {
    const { workflowId } = workflowInfo();
    const input = { run: workflowId, fairness_key: fairnessKey(workflowId), held, version: CALL_VERSION };
    const summary = held ? 'hold the calls of this run' : 'let the calls of this run go';
    await scheduleActivity('setRunHeld', [input], { ...HOLD, taskQueue: this.#taskQueue, summary });
  }
}
