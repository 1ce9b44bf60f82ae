/**
 * The governor: of all processes on a task queue, one at a time makes the API calls, the others stand by. Which one is
 * decided by a lease, the activity of the workflow `apiLease`. What it knows of recent calls is handed on with the lease,
 * so no limit is exceeded whatever happens to the process that holds it.
 *
 * Only these lose the record, and with it the guarantee for one window: deleting or resetting the workflow
 * `feishu-vc/api-lease/…`, and `temporal activity reset --reset-heartbeats`. Terminating it is safe.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { Pacer } from '../../feishu/pacer.js';
import { LeaseHeartbeats } from './lease-heartbeats.js';
import { LeaseTask, PREVIOUS_RUN_MEMO } from './lease-task.js';
/** The old owner stops this long before the server gives the lease to another. */
const LEASE_MARGIN_MS = 1_000;
const BEAT_EVERY_MS = 1_000;
/** Share of the lease after which a beat without an answer is given up: early enough for another one. */
const BEAT_PATIENCE = 0.7;
/** Calls under way get so long to be answered before the lease is handed over without their answers. */
const SETTLE_MS = 1_000;
const ENSURE_EVERY_MS = 30_000;
const ENSURE_DEADLINE_MS = 5_000;
const MAX_BACKOFF_MS = 10_000;
export function apiLeaseWorkflowId(taskQueue) {
    return `feishu-vc/api-lease/${taskQueue}`;
}
/** Returns at once; whatever cannot be reached is tried until it can. */
export function standByForApiLease(o) {
    const stopping = new AbortController();
    const standBy = new StandBy(o, stopping.signal);
    const running = Promise.all([standBy.ensureWorkflow(), standBy.run()]);
    return {
        holdsLease: () => standBy.holdsLease,
        async shutdown() {
            stopping.abort();
            await running;
        },
    };
}
class StandBy {
    holdsLease = false;
    #o;
    #signal;
    #stopped;
    constructor(o, signal) {
        this.#o = o;
        this.#signal = signal;
        this.#stopped = new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    /** Sees to it that the lease workflow runs, now and after somebody has terminated it. */
    ensureWorkflow() {
        return this.#forever('start the lease workflow', async () => {
            await this.#ensure();
            await this.#pause(ENSURE_EVERY_MS);
        });
    }
    /** Takes the lease whenever it is free. */
    run() {
        return this.#forever('take the lease', async () => {
            const { client, taskQueue } = this.#o;
            const polled = this.#untilStopped((signal) => LeaseTask.poll({ client, taskQueue: `${taskQueue}.api-lease`, signal }));
            const task = await Promise.race([polled, this.#stopped]);
            if (task instanceof LeaseTask)
                await this.#own(task);
            // A connection that cannot abort the poll may still be given the lease.
            else if (this.#signal.aborted)
                void polled.then((late) => late?.release(undefined)).catch(this.#warnOf('release'));
        });
    }
    async #own(task) {
        let held;
        let apiWorkerStopped;
        let endedByItself = false;
        try {
            held = await this.#begin(task);
            if (held === undefined)
                return;
            const { pacer, beats } = held;
            this.holdsLease = true;
            this.#o.logger.info({ attempt: task.attempt }, 'this process makes the API calls now');
            const apiWorker = await this.#o.startApiWorker(pacer);
            const told = Promise.race([beats.lost, this.#stopped]).then(() => false);
            const ended = apiWorker.ended?.catch(this.#warnOf('make the API calls here')).then(() => true);
            endedByItself = await Promise.race([told, ended ?? told]);
            pacer.close();
            apiWorkerStopped = apiWorker.stop().catch(this.#warnOf('stop the lane'));
            if (!beats.isLost)
                await settled(pacer);
        }
        finally {
            this.holdsLease = false;
            held?.pacer.close();
            await this.#release(task, held?.beats);
        }
        await apiWorkerStopped;
        // Thrown so that another process takes the lease before this one tries again.
        if (endedByItself)
            throw new Error('what makes the API calls here has ended by itself');
    }
    /** Takes over the previous owner's record and begins to beat; undefined when told to stop before that. */
    async #begin(task) {
        const { unansweredMs, maxWaiting } = this.#o;
        const leaseMs = task.heartbeatTimeoutMs - LEASE_MARGIN_MS;
        const inherited = await task.inherit();
        if (inherited?.stillInUse === true && !(await this.#waitOut(task, leaseMs)))
            return undefined;
        if (this.#signal.aborted)
            return undefined;
        const pacer = new Pacer({
            limitFor: (bucket) => this.#o.limitFor(bucket),
            unansweredMs,
            ...(maxWaiting === undefined ? {} : { maxWaiting }),
            permit: (bucket) => beats.permit(bucket),
            onPushBack: () => beats.request(),
        });
        const beats = new LeaseHeartbeats({
            pacer,
            send: (record) => task.beat(record, { deadlineMs: BEAT_PATIENCE * leaseMs }),
            leaseMs,
            beatEveryMs: Math.min(BEAT_EVERY_MS, leaseMs / 4),
            onError: this.#warnOf('renew the lease'),
        });
        if (inherited !== undefined)
            pacer.restore(inherited.record);
        beats.start();
        void beats.lost.then(() => pacer.close());
        return { pacer, beats };
    }
    /** Holds the lease for so long without a record: were this process to end here, the next one has to wait again. */
    async #waitOut(task, waitMs) {
        for (const endMs = performance.now() + waitMs; performance.now() < endMs;) {
            await this.#pause(BEAT_EVERY_MS / 2);
            if (this.#signal.aborted)
                return false;
            if ((await task.beat(undefined, { deadlineMs: BEAT_PATIENCE * waitMs })) === 'lost')
                return false;
        }
        return true;
    }
    async #release(task, beats) {
        await beats?.stop();
        if (beats?.isLost === true && !task.askedBack) {
            this.#o.logger.warn({ attempt: task.attempt }, 'the lease on API calls is lost');
            // Usually another process has it; but if somebody has ended the workflow, nobody can.
            return this.#ensure().catch(this.#warnOf('look after the lease workflow'));
        }
        await task
            .release(beats?.lastRecord())
            .then(() => this.#o.logger.info({ attempt: task.attempt }, 'the lease on API calls is handed over'), this.#warnOf('hand the lease over; it will end by itself'));
    }
    #ensure() {
        const { client } = this.#o;
        const within = () => client.withDeadline(Date.now() + ENSURE_DEADLINE_MS, () => ensureLeaseWorkflow(this.#o));
        return this.#untilStopped((signal) => client.withAbortSignal(signal, within));
    }
    /** With a signal of its own: the client never takes its listeners off, and each keeps a finished call. */
    async #untilStopped(run) {
        const own = new AbortController();
        const abort = () => own.abort();
        this.#signal.addEventListener('abort', abort);
        if (this.#signal.aborted)
            abort();
        try {
            return await run(own.signal);
        }
        finally {
            this.#signal.removeEventListener('abort', abort);
        }
    }
    #warnOf(what) {
        return (err) => this.#o.logger.warn({ err }, `could not ${what}`);
    }
    async #forever(what, step) {
        let backoffMs = 0;
        while (!this.#signal.aborted) {
            try {
                await step();
                backoffMs = 0;
            }
            catch (error) {
                if (this.#signal.aborted)
                    return;
                backoffMs = Math.min(MAX_BACKOFF_MS, 2 * backoffMs + 500);
                this.#o.logger.warn({ err: error, retryInMs: backoffMs }, `could not ${what}; trying again`);
                await this.#pause(backoffMs);
            }
        }
    }
    async #pause(ms) {
        await delay(ms, undefined, { signal: this.#signal }).catch((error) => {
            if (!this.#signal.aborted)
                throw error;
        });
    }
}
async function ensureLeaseWorkflow(o) {
    const { client, taskQueue } = o;
    const workflowId = apiLeaseWorkflowId(taskQueue);
    const options = { workflowId, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING' };
    const start = (with_) => client.workflow.start('apiLease', with_);
    try {
        const run = await client.workflow.getHandle(workflowId).describe();
        if (run.status.name === 'RUNNING')
            return;
        await start({ ...options, args: [], memo: { [PREVIOUS_RUN_MEMO]: run.runId } });
    }
    catch (error) {
        if (!(error instanceof WorkflowNotFoundError))
            throw error;
        // Refused when another process was quicker and its run has closed already: the next try finds that run.
        await start({ ...options, args: [], workflowIdReusePolicy: 'REJECT_DUPLICATE' }).catch((refusal) => {
            if (!(refusal instanceof WorkflowExecutionAlreadyStartedError))
                throw refusal;
            return ensureLeaseWorkflow(o);
        });
    }
}
/** Waits until every call under way has ended, for a while. */
async function settled(pacer) {
    for (const endMs = performance.now() + SETTLE_MS; pacer.openCalls > 0 && performance.now() < endMs;)
        await delay(10);
}
//# sourceMappingURL=stand-by.js.map