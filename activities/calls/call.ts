/**
 * One call of Feishu inside one activity attempt: wait for the turn, call, tell who else has to know, and say what comes next.
 *
 * The HTTP layer retries nothing and neither does this: Temporal does, when the retry policy says so. What has to outlive an
 * attempt (how many failures of its own there were, whether a create was let go) travels in the heartbeat details.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { ENDPOINTS, type EndpointName } from '../../feishu/contract.ts';
import { FeishuError } from '../../feishu/errors.ts';
import type { CallOptions } from '../../feishu/index.ts';
import type { Permit } from '../../feishu/pacer.ts';
import { withSignals } from '../../feishu/signals.ts';
import { StoreError } from '../../store/errors.ts';
import type { CallDeps, CallOutcome, IdentityKind, Profile } from '../deps.ts';
import { failureOf, finalFailure, isNoData } from '../failures.ts';
import { attempted, type Attempt } from './attempt.ts';
import { outcomeUnknown, recordGrant, settleGrant } from './create-record.ts';
import type { CallOwner } from './held-runs.ts';
import { identityOf, judge } from './judge.ts';
import { AwayError } from './outages.ts';
import { noteLongWait, refuseWhileUsedUp, takeQuotaProbe } from './quota.ts';
import { retryPolicy } from './retry-policy.ts';
import { referenceTo } from './task-reference.ts';

const HEARTBEAT_EVERY_MS = 4000;
/** A call without an answer for so long makes its host worth a look. */
const IN_DOUBT_AFTER_MS = 3000;
const DEFAULT_PRIORITY = 3;

export interface Called<T> {
  value: T;
  /** Calls made for it, earlier attempts included. */
  calls: number;
}

export function bucketOf(profile: Profile, endpoint: EndpointName): string {
  const { method, path } = ENDPOINTS[endpoint];
  return `${profile.quotaOf}|${method} ${path}`;
}

export interface CallInput<T, P = unknown> {
  profile: Profile;
  endpoint: EndpointName;
  /** Of what belongs to an identity, such as a task. Default: the one that the settings name for the endpoint. */
  identity?: IdentityKind;
  /** True for a create: that it was let go is on record before it is sent, so that a lost answer is known as such. */
  recordGrant?: boolean;
  /** True where the answer, or the file that it leads to, is kept: not called while the store takes nothing. */
  toStore?: boolean;
  /**
   * For what may take minutes: its tries together have so long, and a cancellation ends it. Other calls that were sent are
   * answered first, which takes a minute at most.
   */
  longestMs?: number;
  /** What the call needs from the store. Before its turn, so that no place is held for it. */
  prepare?(): Promise<P>;
  /** `calls`: made for it so far, this one included. */
  run(call: CallOptions, calls: number, prepared: P): Promise<T>;
}

/** From its turn to its sending. With the 10 s until its answer that is what is allowed for a call by its successors (`UNANSWERED_MS`). */
const SENT_WITHIN_MS = 1_000;

/** @throws ApplicationFailure, or a cancellation while it waits for its turn */
export async function call<T, P = undefined>(deps: CallDeps, input: CallInput<T, P>): Promise<Called<T>> {
  const { profile, endpoint } = input;
  if (!deps.servesApp(profile.quotaOf)) {
    throw finalFailure('WrongShard', 'another process makes the calls of this app: ask for its queue again');
  }
  const context = Context.current();
  const state = attempted();
  if (state.granted) throw outcomeUnknown('the worker died while the create was under way');
  const owner = ownerOf();
  const identity = input.identity ?? profile.identityFor(endpoint);
  const tokens = profile.tokensOf(identity);
  if (tokens === null) throw finalFailure('CredentialsRejected', unknownIdentity(profile, identity));
  const attempt: Attempt = {
    profile,
    identity,
    tokens,
    bucket: bucketOf(profile, endpoint),
    id: { host: profile.apiHost, identity: identityOf(profile, identity), id: callId(input, owner) },
    owner,
    state,
    sent: false,
    since: null,
    token: null,
  };
  countIfDied(deps, attempt);
  const { id } = attempt;
  const beating = setInterval(() => {
    noteSpent(deps, attempt);
    context.heartbeat(state);
  }, HEARTBEAT_EVERY_MS);
  try {
    return await makeCall(deps, input, attempt);
  } catch (error) {
    const failure = await decide(deps, { input, attempt, error });
    state.underWay = false;
    // What the next attempt has to know. After a success nobody reads it, and it would cost the server a write per call.
    context.heartbeat(state);
    throw failure;
  } finally {
    deps.outages.leave(id);
    clearInterval(beating);
  }
}

function unknownIdentity({ name }: Profile, identity: IdentityKind): string {
  const what = identity === 'app' ? 'app; set FEISHU_APP_ID and FEISHU_APP_SECRET' : 'user; set FEISHU_IDENTITY=user';
  return `the settings of profile ${name} know no ${what}`;
}

async function makeCall<T, P>(deps: CallDeps, input: CallInput<T, P>, attempt: Attempt): Promise<Called<T>> {
  const { profile, tokens, bucket, id, owner, state } = attempt;
  refuseWhileUsedUp(deps, profile);
  await enter(deps, input, attempt);
  const prepared = (await input.prepare?.()) as P;
  // Fetched before the turn, so that no place is held for it; asked for again after, since it may have died meanwhile.
  await tokens.get();
  if (input.recordGrant === true && deps.outages.isDoubtful(id)) await lookFirst(deps, attempt);
  noteLongWait(deps, bucket);
  const permit = await timelyPermit(deps, attempt, async () => {
    attempt.token = await tokens.get();
    // All of this may have changed while the call waited.
    refuseWhileUsedUp(deps, profile);
    deps.held.check(owner);
    deps.stopSignal.throwIfAborted();
    deps.outages.enter(id);
    if (input.recordGrant === true && !state.granted) await recordGrant(deps, state);
  });
  let outcome: CallOutcome = 'ok';
  const begunMs = deps.outages.nowMs;
  const doubt = setTimeout(() => void deps.outages.unheard(id.host, begunMs), IN_DOUBT_AFTER_MS);
  try {
    const probe = takeQuotaProbe(deps, profile);
    state.calls++;
    const value = await withSignals(signalsOf(deps, input), (signal) =>
      input.run(
        {
          token: attempt.token ?? '',
          signal,
          ...(input.longestMs !== undefined && { totalTimeoutMs: Math.max(1, input.longestMs - state.spentMs) }),
          onSent: () => noteSent(deps, attempt),
          onAnswer: () => {
            clearTimeout(doubt);
            permit.answered();
          },
        },
        state.calls,
        prepared,
      ),
    );
    deps.outages.answered(id);
    probe.passed();
    return { value, calls: state.calls };
  } catch (error) {
    outcome = outcomeOf(error);
    throw error;
  } finally {
    if (attempt.sent) deps.onCalled?.({ endpoint: ENDPOINTS[input.endpoint].id, outcome });
    clearTimeout(doubt);
    // After an answer both are without effect.
    if (attempt.sent) permit.unanswered();
    else permit.unused();
  }
}

/** What becomes of an answer here is nothing that Feishu said. */
function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof FeishuError) return error.kind;
  return error instanceof StoreError || error instanceof ApplicationFailure ? 'ok' : 'aborted';
}

/** The next attempt is to know where this process ends in the middle of the call. */
function noteSent(deps: CallDeps, attempt: Attempt): void {
  attempt.sent = true;
  attempt.since = { sentMs: deps.outages.nowMs, spentMs: attempt.state.spentMs };
  attempt.state.underWay = true;
  const context = Context.current();
  // Told at once only where an attempt has failed before: a write at the server for each call is too much. The first attempt
  // tells it with its next regular heartbeat.
  if (context.info.attempt > 1) context.heartbeat(attempt.state);
}

function noteSpent({ outages }: CallDeps, { since, state }: Attempt): void {
  if (since !== null) state.spentMs = since.spentMs + (outages.nowMs - since.sentMs);
}

/**
 * A process that died with the call on its way most likely died for another reason. It counts as a failure of the call all the
 * same: an answer that kills whoever reads it would be asked for without an end.
 * @throws ApplicationFailure `CallFailed` at the last try
 */
function countIfDied(deps: CallDeps, { state }: Attempt): void {
  if (!state.underWay) return;
  state.underWay = false;
  const died = new Error('the process that made the call ended before the answer was dealt with');
  const next = retryPolicy(died, { before: state.failures });
  state.failures++;
  if (next.is === 'final') throw failureOf(next, died);
}

/** @throws AwayError, StoreError */
async function enter(
  deps: CallDeps,
  input: Pick<CallInput<unknown>, 'toStore'>,
  { id, tokens }: Attempt,
): Promise<void> {
  if (input.toStore === true) await deps.breaker.pass();
  if (deps.outages.isRejected(id.identity) && (await tokens.hasChanged())) deps.outages.secretChanged(id.identity);
  deps.outages.enter(id);
}

/** A task that Feishu does not have. */
const NO_TASK = '0';

/**
 * A create whose answer is lost may have made a task that nobody knows, so it is not the call that finds out whether Feishu
 * answers. A look at a task that is not there is: Feishu says so, or it is still away.
 */
async function lookFirst(deps: CallDeps, attempt: Attempt): Promise<void> {
  const { profile, tokens, id } = attempt;
  const bucket = bucketOf(profile, 'getExport');
  let token = '';
  const permit = await timelyPermit(deps, { ...attempt, bucket }, async () => void (token = await tokens.get()));
  let sent = false;
  let outcome: CallOutcome = 'ok';
  try {
    await withSignals([deps.stopSignal], (signal) =>
      profile.feishu.getExport(NO_TASK, {
        token,
        signal,
        onSent: () => void (sent = true),
        onAnswer: () => permit.answered(),
      }),
    );
  } catch (error) {
    outcome = outcomeOf(error);
    if (!saysWhatIsWrong(error)) {
      // Another call than the create: both of them fail, and not one by itself.
      attempt.id = { ...id, id: `${id.id} look` };
      throw error;
    }
  } finally {
    if (sent) deps.onCalled?.({ endpoint: ENDPOINTS.getExport.id, outcome });
    if (sent) permit.unanswered();
    else permit.unused();
  }
  deps.outages.answered(id);
}

function saysWhatIsWrong(error: unknown): boolean {
  if (!(error instanceof FeishuError)) return false;
  return error.kind === 'bad_request' || error.kind === 'permission' || isNoData(error);
}

/** A create that was sent is answered, whatever is cancelled: its effect is not thrown away. */
function signalsOf(deps: CallDeps, input: Pick<CallInput<unknown>, 'longestMs'>): AbortSignal[] {
  return input.longestMs !== undefined ? [deps.stopSignal, Context.current().cancellationSignal] : [deps.stopSignal];
}

/**
 * A turn, and what takes its time between the turn and the sending: fetching a token that has died meanwhile, or the server's
 * record of a create. A turn for which that took too long is given back and another one waited for: whoever makes the calls
 * next takes a call to be over so many seconds after its turn, and not after it was sent.
 */
async function timelyPermit(deps: CallDeps, attempt: Attempt, prepare: () => Promise<void>): Promise<Permit> {
  for (;;) {
    const permit = await acquirePermit(deps, attempt);
    const grantedMs = deps.outages.nowMs;
    try {
      await prepare();
    } catch (error) {
      permit.unused();
      throw error;
    }
    if (deps.outages.nowMs - grantedMs <= SENT_WITHIN_MS) return permit;
    permit.unused();
  }
}

async function acquirePermit(deps: CallDeps, { bucket, owner }: Attempt): Promise<Permit> {
  const { info, cancellationSignal } = Context.current();
  const priority = info.priority?.priorityKey ?? DEFAULT_PRIORITY;
  const patient = priority > DEFAULT_PRIORITY;
  const { fairnessKey } = owner;
  return await deps.held.waiting(owner, (held) =>
    withSignals([cancellationSignal, held], (signal) =>
      deps.pacer.acquire(bucket, { priority, fairnessKey, patient, reference: referenceTo(info), signal }),
    ),
  );
}

/** Number of parts in the id of a run that is nobody's child: `feishu-vc/day/<profile>/<day>`. */
const ID_PARTS = 4;

/** The run whose children make the calls: runs take turns, however many children each has. */
function ownerOf(): CallOwner {
  const { priority, workflowExecution } = Context.current().info;
  const workflowId = workflowExecution?.workflowId ?? '';
  return { workflowId, fairnessKey: priority?.fairnessKey || workflowId.split('/').slice(0, ID_PARTS).join('/') };
}

/** The tries of a call share it. A create whose answer was lost is made by a new activity, and is still the same call. */
function callId(
  { endpoint, recordGrant: isCreate }: Pick<CallInput<unknown>, 'endpoint' | 'recordGrant'>,
  { workflowId }: CallOwner,
): string {
  const { activityId } = Context.current().info;
  return `${workflowId} ${endpoint} ${isCreate === true ? 'create' : activityId}`;
}

/** What comes next; the state is brought up to date for it. */
async function decide(
  deps: CallDeps,
  {
    input,
    attempt,
    error,
  }: { input: Pick<CallInput<unknown>, 'recordGrant' | 'longestMs'>; attempt: Attempt; error: unknown },
): Promise<unknown> {
  const { state } = attempt;
  noteSpent(deps, attempt);
  const { failed, own } = await judge(deps, attempt, error);
  if (!own) state.spentMs = attempt.since?.spentMs ?? state.spentMs;
  if (input.recordGrant === true && state.granted) {
    const unknown = await settleGrant(deps, attempt, error);
    if (unknown) return unknown;
  }
  const isFinal = failed instanceof ApplicationFailure || failed instanceof CancelledFailure;
  if (isFinal || failed === Context.current().cancellationSignal.reason) return failed;
  const nowMs = deps.outages.nowMs;
  const isMissed = (failed instanceof StoreError || failed instanceof AwayError) && !own;
  if (isMissed) state.waitingSinceMs ??= nowMs;
  else if (attempt.sent) state.waitingSinceMs = null;
  const waitedMs = nowMs - (state.waitingSinceMs ?? nowMs);
  const next = retryPolicy(failed, {
    before: state.failures,
    own,
    waitedMs,
    isSpent: state.spentMs >= (input.longestMs ?? Infinity),
  });
  if (next.is === 'retry') state.failures++;
  return failureOf(next, failed);
}
