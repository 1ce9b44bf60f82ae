/** Whose failure a failed call is, and who else has to know of it: the pacer, the tokens, the other calls. */
import { ApplicationFailure } from '@temporalio/common';
import { TOKEN_PATHS } from '../../feishu/contract.ts';
import { FeishuError } from '../../feishu/errors.ts';
import { LeaseLostError } from '../../feishu/pacer.ts';
import { codeOf } from '../../feishu/redact.ts';
import { ActionNeededError, type TokenSource } from '../../feishu/token.ts';
import { StoreError } from '../../store/errors.ts';
import type { CallDeps, IdentityKind, Profile } from '../deps.ts';
import type { Attempt } from './attempt.ts';
import { AwayError, type CallId } from './outages.ts';
import { noteQuotaUsedUp } from './quota.ts';
import { retryPolicy } from './retry-policy.ts';

/** The error to decide about, and whether it counts against this call. */
export interface Judged {
  failed: unknown;
  own: boolean;
}

/** Whose credentials calls are made with: profiles of one app may have different ones. */
export function identityOf(profile: Profile, identity: IdentityKind): string {
  return `${profile.quotaOf}#${profile.name}${identity === 'app' ? '' : ' as its user'}`;
}

export async function judge(deps: CallDeps, attempt: Attempt, error: unknown): Promise<Judged> {
  const { state, sent, id } = attempt;
  if (deps.stopSignal.aborted && error === deps.stopSignal.reason) {
    return { failed: new LeaseLostError('this process has stopped making calls'), own: false };
  }
  if (error instanceof FeishuError) return await judgeFeishu(deps, attempt, error);
  if (error instanceof ActionNeededError) {
    return refused(deps, attempt, { error, reason: error.message, command: commandIn(error) ?? lookingAt(attempt) });
  }
  // Feishu has answered; what became of the answer is another matter.
  if (sent && (error instanceof StoreError || error instanceof ApplicationFailure)) deps.outages.answered(id);
  if (!(error instanceof StoreError)) return { failed: error, own: true };
  // Between two answers that found no place a trial did: the store takes others, and not this one.
  const own = sent && state.unkept > 0;
  if (sent) state.unkept++;
  return { failed: error, own };
}

async function judgeFeishu(deps: CallDeps, attempt: Attempt, error: FeishuError): Promise<Judged> {
  const { profile, tokens, bucket, token, id } = attempt;
  const { outages } = deps;
  const ofToken = TOKEN_PATHS.has(error.path);
  switch (error.kind) {
    case 'throttled': {
      const next = retryPolicy(error, { before: 0 });
      if (!ofToken && next.is === 'wait') deps.pacer.pushBack(bucket, next.delayMs);
      outages.hostIsThere(id.host);
      return { failed: error, own: false };
    }
    case 'monthly_quota':
      noteQuotaUsedUp(deps, profile);
      outages.hostIsThere(id.host);
      return { failed: error, own: false };
    case 'token':
      outages.hostIsThere(id.host);
      if (tokens.fixed) return rejected(deps, attempt, error);
      if (token !== null) tokens.drop(token);
      return { failed: error, own: true };
    case 'credentials':
      outages.hostIsThere(id.host);
      // No secret heals an identity that the endpoint does not take.
      if (error.code === 'TOKEN_KIND_NOT_SUPPORTED') return { failed: error, own: true };
      return rejected(deps, attempt, error);
    case 'server':
    case 'network':
      if (error.code === 'CLIENT_CLOSED') return { failed: new LeaseLostError(error.message), own: false };
      // Other calls have tokens: what hands out this user's is away, and not Feishu.
      if (ofToken && attempt.identity === 'user')
        return refused(deps, attempt, { error, reason: notRenewed(attempt, error) });
      return ofToken || !error.sent ? unreachable(deps, id, error) : await sentInVain(deps, attempt, error);
    case 'permission':
    case 'bad_request':
    case 'not_found':
    case 'meeting_not_found':
    case 'device_not_found':
    case 'contract':
      if (ofToken) outages.hostIsThere(id.host);
      else outages.answered(id);
      return { failed: error, own: true };
  }
}

function rejected(deps: CallDeps, attempt: Attempt, error: FeishuError): Judged {
  return refused(deps, attempt, { error, reason: rejection(attempt, error), command: lookingAt(attempt) });
}

/** What the message begins with, where that is a command. */
function commandIn({ message }: ActionNeededError): string | undefined {
  return /^(feishu-vc [^:]+): /.exec(message)?.[1];
}

/** Says under what is wrong what ends it. */
function lookingAt({ profile }: Attempt): string {
  return `feishu-vc doctor --profile ${profile.name}`;
}

/** Whoever asks as this identity waits; everybody else goes on. `command`: for the person without whom it does not end. */
function refused(
  { outages }: CallDeps,
  { id, profile }: Attempt,
  { error, reason, command }: { error: Error; reason: string; command?: string },
): Judged {
  outages.rejected(id, { reason, person: command === undefined ? undefined : { profile: profile.name, command } });
  return { failed: away(outages, id, { kind: 'credentials', error }), own: false };
}

function unreachable({ outages }: CallDeps, id: CallId, error: FeishuError): Judged {
  const { retryAfterMs = 0 } = error;
  outages.unreachable(id, { reason: reasonOf(error), silent: !error.answered, retryAfterMs });
  return { failed: away(outages, id, { kind: 'host', error }), own: false };
}

async function sentInVain(deps: CallDeps, { state, tokens, id, since }: Attempt, error: FeishuError): Promise<Judged> {
  const { outages } = deps;
  const nowMs = outages.nowMs;
  const { failedMs: failedBeforeMs, failingSinceMs } = state;
  const { retryAfterMs = 0 } = error;
  const begunMs = since?.sentMs ?? nowMs;
  const failed = { ...id, reason: reasonOf(error), begunMs, failedBeforeMs, failingSinceMs, retryAfterMs };
  const seen = outages.failed(failed, { silent: !error.answered });
  const whose = seen.whose === 'ask' ? await askForToken(deps, tokens, id) : seen.whose;
  state.failedMs = nowMs;
  state.failingSinceMs = seen.failingSinceMs;
  if (whose === 'own') return { failed: error, own: true };
  return { failed: away(outages, id, { kind: 'host', error }), own: false };
}

/** Nothing else is being asked: the call for a token tells whether Feishu answers at all. A fixed token has no such call. */
async function askForToken({ outages }: CallDeps, { refetch }: TokenSource, id: CallId): Promise<'own' | 'outage'> {
  if (refetch === null) return outages.hostIsThere(id.host);
  try {
    await refetch();
  } catch (error) {
    if (error instanceof FeishuError && (error.kind === 'server' || error.kind === 'network')) {
      outages.unreachable(id, { reason: reasonOf(error), silent: !error.answered });
      return 'outage';
    }
    if (!(error instanceof FeishuError)) throw error;
  }
  return outages.hostIsThere(id.host);
}

function away(
  outages: CallDeps['outages'],
  id: CallId,
  { kind, error }: { kind: AwayError['kind']; error: Error },
): AwayError {
  return new AwayError({ kind, reason: error.message, retryAfterMs: outages.backInMs(id), cause: error });
}

/** In words for the operator, without what the call was about. */
function reasonOf(error: FeishuError): string {
  const why = codeOf(error.cause) ?? error.code;
  if (!error.sent) return `no connection (${why})`;
  if (!error.answered) return `no answer (${why})`;
  const code = error.feishuCode === undefined ? '' : `, Feishu code ${error.feishuCode}`;
  return error.status === undefined ? `answers break off (${why})` : `it answers with HTTP ${error.status}${code}`;
}

function notRenewed({ profile }: Attempt, error: FeishuError): string {
  return `the log-in of profile ${profile.name} cannot be renewed at the moment: ${reasonOf(error)}`;
}

function rejection({ profile, tokens: { secret, fixed } }: Attempt, error: FeishuError): string {
  const code = error.feishuCode ?? error.code;
  const what = fixed ? 'the user token' : 'the app id or the secret';
  const advice =
    error.code === 'APP_UNAVAILABLE'
      ? 'enable the app in the developer console and have it installed in the tenant'
      : `put it right in ${secret.setting}${secret.isReread ? '' : ' and start the worker again'}`;
  return `the credentials of the app: Feishu rejects ${what} of profile ${profile.name} (${code}): ${advice}`;
}
