/**
 * The lease as Temporal keeps it: an activity task, taken and held by plain service calls. A Worker of the SDK cannot
 * do this: it sends heartbeats when it likes, without an answer, and a late one would put an older record in place of
 * a newer one; and it cancels an activity that only heartbeats by service calls.
 */
import { isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
/** In the memo of a lease workflow that was started after another one had closed: that one's run id. */
export const PREVIOUS_RUN_MEMO = 'previousRunId';
/** The server ends a poll after 60 s. */
const POLL_DEADLINE_MS = 70_000;
const CALL_DEADLINE_MS = 5_000;
/** gRPC status. */
const NOT_FOUND = 5;
/** Runs that closed before they had a record of their own; more than one in a row is already strange. */
const MAX_PREVIOUS_RUNS = 20;
/** The server's wall clock is trusted to be right by this much. */
const CLOCK_MARGIN_MS = 60_000;
const recordSchema = z.object({
    v: z.literal(1),
    buckets: z.record(z.string(), z.object({ answeredMsAgo: z.array(z.number()), pushBackMs: z.number().positive().optional() })),
    capped: z.record(z.string(), z.number()).optional(),
});
/** One attempt of the lease activity, given to this process. */
export class LeaseTask {
    attempt;
    /** The lease goes to another process when no beat was stored for so long. */
    heartbeatTimeoutMs;
    #client;
    #task;
    /** The server asked for the lease back (paused, reset): it is still ours to return. */
    #askedBack = false;
    constructor(client, task) {
        this.#client = client;
        this.#task = task;
        this.attempt = task.attempt ?? 1;
        this.heartbeatTimeoutMs = durationMs(task.heartbeatTimeout);
    }
    /** Waits for the lease, up to a minute; undefined: not now. */
    static async poll(o) {
        const { client, signal } = o;
        const { namespace, identity } = client.options;
        const poll = () => client.workflowService.pollActivityTaskQueue({ namespace, identity, taskQueue: { name: o.taskQueue } });
        const within = () => client.withDeadline(Date.now() + POLL_DEADLINE_MS, poll);
        const task = await client.withAbortSignal(signal, within);
        return task.taskToken.length > 0 ? new LeaseTask(client, task) : undefined;
    }
    get askedBack() {
        return this.#askedBack;
    }
    /** What the previous owner left; undefined when there was none. */
    async inherit() {
        const { workflowId, runId } = this.#task.workflowExecution ?? {};
        const startedMs = epochMs(this.#task.startedTime);
        const own = readRecord(this.#task.heartbeatDetails);
        let run = await this.#describe({ workflowId, runId });
        if (own !== undefined)
            return { record: aged(own, { fromMs: run.lastBeatMs, toMs: startedMs }), stillInUse: false };
        // Nothing is on record in this run, so no call was made in it; but in the run before it there may have been some.
        for (let i = 0; i < MAX_PREVIOUS_RUNS && run.previousRunId !== undefined; i += 1) {
            run = await this.#describe({ workflowId, runId: run.previousRunId });
            if (run.record === undefined)
                continue;
            const stillInUse = startedMs - run.closedMs < CLOCK_MARGIN_MS;
            return { record: aged(run.record, { fromMs: run.lastBeatMs, toMs: startedMs }), stillInUse };
        }
        return undefined;
    }
    /** Stores the record with the lease, or that there is none. Rejects when it is unknown whether it was stored. */
    async beat(record, o) {
        const { namespace, identity } = this.#client.options;
        const request = { namespace, identity, taskToken: this.#token(), details: writeRecord(record) };
        try {
            const answer = await this.#within(o.deadlineMs, () => this.#client.workflowService.recordActivityTaskHeartbeat(request));
            this.#askedBack = answer.cancelRequested || answer.activityPaused || answer.activityReset;
            return this.#askedBack ? 'lost' : 'kept';
        }
        catch (error) {
            if (isNotFound(error))
                return 'lost';
            throw error;
        }
    }
    /** Gives the lease back, for another process to take. Without a record the one of the last beat stays. */
    async release(record) {
        const { namespace, identity } = this.#client.options;
        await this.#within(CALL_DEADLINE_MS, () => this.#client.workflowService.respondActivityTaskFailed({
            namespace,
            identity,
            taskToken: this.#token(),
            failure: { message: 'lease handed over', source: 'feishu-vc', applicationFailureInfo: { type: 'HandedOver' } },
            lastHeartbeatDetails: writeRecord(record),
        }));
    }
    async #describe(execution) {
        const { namespace } = this.#client.options;
        const described = await this.#within(CALL_DEADLINE_MS, () => this.#client.workflowService.describeWorkflowExecution({
            namespace,
            execution: { workflowId: execution.workflowId ?? null, runId: execution.runId ?? null },
        }));
        const [activity] = described.pendingActivities;
        return {
            record: readRecord(activity?.heartbeatDetails),
            lastBeatMs: epochMs(activity?.lastHeartbeatTime),
            closedMs: epochMs(described.workflowExecutionInfo?.closeTime),
            previousRunId: readMemo(described.workflowExecutionInfo?.memo),
        };
    }
    #within(deadlineMs, fn) {
        return this.#client.withDeadline(Date.now() + deadlineMs, fn);
    }
    #token() {
        return this.#task.taskToken ?? new Uint8Array();
    }
}
function isNotFound(error) {
    const code = isGrpcServiceError(error) ? error.code : undefined;
    return code === NOT_FOUND;
}
function writeRecord(record) {
    if (record === undefined)
        return null;
    return { payloads: [defaultPayloadConverter.toPayload({ v: 1, ...record })] };
}
function readRecord(details) {
    const payload = details?.payloads?.[0];
    if (payload === undefined)
        return undefined;
    const record = recordSchema.safeParse(defaultPayloadConverter.fromPayload(payload));
    if (record.success)
        return record.data;
    // A newer version wrote it. Going on without it could exceed a limit; a process of that version will take over.
    throw new Error('cannot read the record of recent calls; `temporal activity reset --reset-heartbeats` clears it', {
        cause: record.error,
    });
}
function readMemo(memo) {
    const payload = memo?.fields?.[PREVIOUS_RUN_MEMO];
    return payload === undefined ? undefined : z.string().parse(defaultPayloadConverter.fromPayload(payload));
}
/**
 * The record as it is now, by the time that passed on the server's clock, less a margin. Without this, a process that
 * starts in the morning would wait for the calls of the evening before.
 */
function aged(record, o) {
    const credit = o.fromMs > 0 ? Math.max(0, o.toMs - o.fromMs - CLOCK_MARGIN_MS) : 0;
    const buckets = Object.entries(record.buckets).map(([name, state]) => {
        const answeredMsAgo = state.answeredMsAgo.map((ageMs) => ageMs + credit);
        const pushBackMs = (state.pushBackMs ?? 0) - credit;
        return [name, pushBackMs > 0 ? { answeredMsAgo, pushBackMs } : { answeredMsAgo }];
    });
    return { ...record, buckets: Object.fromEntries(buckets) };
}
/** 0 where there is none. */
function epochMs(time) {
    return durationMs(time);
}
function durationMs(duration) {
    return Number(duration?.seconds ?? 0) * 1_000 + Math.floor((duration?.nanos ?? 0) / 1e6);
}
//# sourceMappingURL=lease-task.js.map