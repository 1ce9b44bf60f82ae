/**
 * One call of Feishu inside one activity attempt: wait for the turn, call, tell the pacer, and say what a failure means.
 *
 * The HTTP layer retries nothing and neither does this: Temporal does. What has to outlive an attempt (how many real
 * failures there were, whether a create was let go) travels in the heartbeat details.
 */
import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { ENDPOINTS } from '../../feishu/contract.js';
import { FeishuError } from '../../feishu/errors.js';
import { callFailure, waitFailure } from '../failures.js';
import { refuseWhileHeld } from './held-runs.js';
const HEARTBEAT_EVERY_MS = 4000;
const QUOTA_PROBE_EVERY_MS = 3_600_000;
/** Others wait so long for what the first look after an hour says. */
const PROBE_ALONE_MS = 30_000;
const DEFAULT_PRIORITY = 3;
function attempted() {
    const before = Context.current().info.heartbeatDetails;
    return { calls: before?.calls ?? 0, failures: before?.failures ?? 0, granted: before?.granted ?? false };
}
export function profileNamed(deps, name) {
    const profile = deps.profile(name);
    if (profile)
        return profile;
    const message = `profile: "${name}" is not configured on this worker; it takes ${deps.profileNames().join(', ') || 'none: set FEISHU_APP_ID and FEISHU_APP_SECRET'}`;
    throw ApplicationFailure.create({ type: 'InvalidInput', message, nonRetryable: true });
}
export function bucketOf(profile, endpoint) {
    const { method, path } = ENDPOINTS[endpoint];
    return `${profile.quotaOf}|${method} ${path}`;
}
/** @throws ApplicationFailure, or a cancellation while it waits for its turn */
export async function call(deps, input) {
    const context = Context.current();
    const state = attempted();
    if (state.granted)
        throw outcomeUnknown('the worker died while the create was under way');
    const beating = setInterval(() => context.heartbeat(state), HEARTBEAT_EVERY_MS);
    try {
        return await attempt(deps, input, state);
    }
    catch (error) {
        // What the next attempt has to know. After a success nobody reads it, and it would cost the server a write per call.
        context.heartbeat(state);
        throw error;
    }
    finally {
        clearInterval(beating);
    }
}
async function attempt(deps, input, state) {
    const { profile, endpoint } = input;
    refuseWhileUsedUp(deps, profile);
    refuseWhileHeld(deps);
    if (input.toStore === true)
        await passGate(deps);
    const bucket = bucketOf(profile, endpoint);
    let token = null;
    let sent = false;
    try {
        // Fetched before the turn, so that no place is held for it; asked for again after, since it may have died meanwhile.
        await profile.tokens.get();
        const turn = await acquirePermit(deps, bucket);
        try {
            token = await profile.tokens.get();
            refuseWhileHeld(deps);
            // The quota may have run out while this call waited; the first to look after an hour goes alone.
            refuseWhileUsedUp(deps, profile);
            const probing = deps.usedUp.has(profile.quotaOf);
            if (probing)
                deps.pacer.cap(profile.quotaOf, Date.now() + PROBE_ALONE_MS);
            if (input.recordGrant === true)
                await recordGrant(deps, state);
            state.calls++;
            const onSent = () => void (sent = true);
            const onAnswer = () => turn.answered();
            const value = await input.run({ token, onSent, onAnswer }, state.calls);
            if (probing)
                deps.usedUp.delete(profile.quotaOf);
            return { value, calls: state.calls };
        }
        finally {
            // After an answer both are without effect.
            if (sent)
                turn.unanswered();
            else
                turn.unused();
        }
    }
    catch (error) {
        noteFailure(deps, { profile, bucket, token, error, state });
        if (input.recordGrant === true && state.granted)
            await settleGrant(deps, error, state);
        throw callFailure(fixedTokenIsDead(profile, error), state.failures);
    }
}
/** @throws ApplicationFailure that comes back when the quota is to be looked at again */
function refuseWhileUsedUp(deps, profile) {
    const cappedUntil = deps.pacer.cappedUntil(profile.quotaOf);
    if (cappedUntil === undefined)
        return;
    const message = 'the monthly quota of the app is used up; one call an hour looks whether it is back';
    throw waitFailure('MonthlyQuotaUsedUp', message, cappedUntil - Date.now());
}
/** @throws ApplicationFailure `StoreUnavailable` */
async function passGate({ breaker }) {
    await breaker.pass().catch((error) => {
        throw callFailure(error, 0);
    });
}
async function acquirePermit(deps, bucket) {
    const { info, cancellationSignal } = Context.current();
    const priority = info.priority?.priorityKey ?? DEFAULT_PRIORITY;
    const fairnessKey = info.priority?.fairnessKey || runOf(info.workflowExecution?.workflowId ?? '');
    const patient = priority > DEFAULT_PRIORITY;
    return await deps.pacer.acquire(bucket, { priority, fairnessKey, patient, signal: cancellationSignal });
}
/** Number of parts in the id of a run that is nobody's child: `feishu-vc/day/<profile>/<day>`. */
const ID_PARTS = 4;
/** The run whose children make the calls: runs take turns, however many children each has. */
function runOf(workflowId) {
    return workflowId.split('/').slice(0, ID_PARTS).join('/');
}
function noteFailure(deps, { profile, bucket, token, error, state, }) {
    if (!(error instanceof FeishuError))
        return;
    if (error.kind === 'throttled')
        return deps.pacer.pushBack(bucket, error.retryAfterMs ?? 1000);
    if (error.kind === 'monthly_quota') {
        deps.usedUp.add(profile.quotaOf);
        return deps.pacer.cap(profile.quotaOf, Date.now() + QUOTA_PROBE_EVERY_MS);
    }
    if (error.kind === 'token' && token !== null)
        profile.tokens.drop(token);
    state.failures++;
}
/** A token that was configured cannot be fetched anew: a person has to. */
function fixedTokenIsDead(profile, error) {
    if (!(error instanceof FeishuError) || error.kind !== 'token' || !profile.tokens.fixed)
        return error;
    return ApplicationFailure.create({
        type: 'CredentialsRejected',
        message: `${error.message} The user token of profile ${profile.name} is dead: put a new one into FEISHU_USER_ACCESS_TOKEN.`,
        nonRetryable: true,
        cause: error,
    });
}
/** Resolves when the server has it on record; nothing is sent before. */
async function recordGrant(deps, state) {
    state.granted = true;
    await deps.acknowledgedHeartbeat(state).catch((error) => {
        state.granted = false;
        throw waitFailure('WaitingForTurn', `Temporal did not take the record of the create: ${String(error)}`, 500);
    });
}
/** A create that is known not to have made a task may be made again; of any other nobody knows. */
async function settleGrant(deps, error, state) {
    const known = error instanceof FeishuError && (!error.sent || (error.feishuCode !== undefined && error.feishuCode !== 0));
    if (!known)
        throw outcomeUnknown(error instanceof Error ? error.message : String(error), error);
    state.granted = false;
    await deps.acknowledgedHeartbeat(state).catch((failed) => {
        throw outcomeUnknown(`${error.message} Temporal did not take note of it: ${String(failed)}`, error);
    });
}
function outcomeUnknown(message, cause) {
    return ApplicationFailure.create({
        type: 'CreateOutcomeUnknown',
        message,
        nonRetryable: true,
        ...(cause instanceof Error ? { cause } : {}),
    });
}
//# sourceMappingURL=call.js.map