import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { call, type CallInput } from '../activities/calls/call.ts';
import { RunHeldError } from '../activities/calls/held-runs.ts';
import { AwayError } from '../activities/calls/outages.ts';
import { retryPolicy } from '../activities/calls/retry-policy.ts';
import { failureOf } from '../activities/failures.ts';
import { ENDPOINTS } from '../feishu/contract.ts';
import { FeishuError, type FeishuErrorFields } from '../feishu/errors.ts';
import { LeaseLostError, Pacer, QueueFullError } from '../feishu/pacer.ts';
import { StoreError } from '../store/errors.ts';
import { stubCallDeps, stubProfile } from './support/call-deps.ts';

function feishuError(fields: Partial<FeishuErrorFields>): FeishuError {
  return new FeishuError('GET /path: failed', {
    kind: 'server',
    code: 'SERVER_ERROR',
    endpoint: ENDPOINTS.createMeetingExport,
    sent: true,
    answered: true,
    advice: 'Try again.',
    ...fields,
  });
}

describe('a failed call', () => {
  it.each([
    ['credentials', 'CredentialsRejected'],
    ['permission', 'PermissionDenied'],
    ['bad_request', 'BadRequest'],
    ['not_found', 'NoData'],
    ['meeting_not_found', 'NoData'],
    ['device_not_found', 'NoData'],
  ] as const)('of kind %s ends its activity as %s', (kind, type) => {
    expect(retryPolicy(feishuError({ kind }), { before: 0 })).toEqual({ is: 'final', type });
  });

  it.each(['token', 'server', 'network', 'contract'] as const)(
    'of kind %s is tried again, and given up at the eighth',
    (kind) => {
      expect(retryPolicy(feishuError({ kind }), { before: 6 })).toMatchObject({ is: 'retry', type: 'CallFailed' });
      expect(retryPolicy(feishuError({ kind }), { before: 7 })).toEqual({ is: 'final', type: 'CallFailed' });
    },
  );

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'comes back after a time that grows with its own failures, of which it had %i',
    (before) => {
      const delayMs = Math.min(60_000, 1000 * 2 ** before);
      expect(retryPolicy(feishuError({ kind: 'server' }), { before })).toMatchObject({ delayMs });
    },
  );

  it('waits as long as Feishu says, when it fails as when it throttles', () => {
    const asked = { retryAfterMs: 17_000 };
    expect(retryPolicy(feishuError({ kind: 'server', status: 503, ...asked }), { before: 0 })).toMatchObject({
      is: 'retry',
      delayMs: 17_000,
    });
    expect(retryPolicy(feishuError({ kind: 'throttled', ...asked }), { before: 0 })).toMatchObject({ delayMs: 17_000 });
    expect(retryPolicy(feishuError({ kind: 'throttled' }), { before: 0 })).toMatchObject({ delayMs: 10_000 });
  });

  it.each([
    [0, 17_000, 17_000],
    [3, 17_000, 17_000],
    [5, 17_000, 32_000],
    [6, 17_000, 60_000],
    [6, 90_000, 90_000],
  ])(
    'that had %i failures and is asked to wait %i ms comes back after the longer time, which Temporal is told: %i ms',
    (before, retryAfterMs, delayMs) => {
      const error = feishuError({ kind: 'server', status: 503, retryAfterMs });
      const next = retryPolicy(error, { before });
      expect(failureOf(next, error)).toMatchObject({
        type: 'CallFailed',
        nextRetryDelay: delayMs,
        nonRetryable: false,
      });
    },
  );

  it.each([
    [feishuError({ kind: 'throttled', retryAfterMs: 5200 }), 'Throttled', 5200],
    [new QueueFullError({ bucket: 'b', waiting: 64, retryAfterMs: 900 }), 'WaitingForTurn', 900],
    [new LeaseLostError('gone'), 'WaitingForTurn', 500],
    [new RunHeldError('paused'), 'RunHeld', 3000],
    [feishuError({ kind: 'monthly_quota' }), 'MonthlyQuotaUsedUp', 3_600_000],
    [new AwayError({ kind: 'host', reason: 'away', retryAfterMs: 4000 }), 'FeishuAway', 4000],
    [new AwayError({ kind: 'credentials', reason: 'rejected', retryAfterMs: 9000 }), 'CredentialsRejected', 9000],
  ])('that is only a wait comes back in its time, however often: %s', (error, type, delayMs) => {
    const next = retryPolicy(error, { before: 100, waitedMs: 6 * 86_400_000 });
    expect(next).toEqual({ is: 'wait', type, delayMs });
    expect(failureOf(next, error)).toMatchObject({
      type,
      nextRetryDelay: delayMs,
      nonRetryable: false,
      category: 'BENIGN',
    });
  });

  it('waits seven days for credentials to be put right, and no longer', () => {
    const error = new AwayError({ kind: 'credentials', reason: 'rejected', retryAfterMs: 9000 });
    const waitedMs = 7 * 86_400_000 + 1;
    expect(retryPolicy(error, { before: 0, waitedMs })).toEqual({ is: 'final', type: 'CredentialsRejected' });
  });

  it('of no known class is tried again too, a bounded number of times', () => {
    expect(retryPolicy(new TypeError('x'), { before: 6 })).toMatchObject({ is: 'retry', type: 'CallFailed' });
    expect(retryPolicy(new TypeError('x'), { before: 7 })).toEqual({ is: 'final', type: 'CallFailed' });
  });

  it('does not quote what a parser could not read', () => {
    const error = parsing('Li Lei is no JSON');
    const said = failureOf(retryPolicy(error, { before: 0 }), error);
    expect(`${said.message} ${String(said.cause)} ${said.stack}`).not.toContain('Li Lei');
  });
});

function parsing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

describe('a store', () => {
  const away = new StoreError('unavailable', 'the disk is full');

  it('that is away is waited for without an end, at growing distances up to half a minute', () => {
    const delays = [0, 4000, 40_000, 86_400_000].map((waitedMs) => retryPolicy(away, { before: 1000, waitedMs }));
    expect(delays).toEqual(
      [1000, 2000, 20_000, 30_000].map((delayMs) => ({ is: 'wait', type: 'StoreUnavailable', delayMs })),
    );
  });

  it('that takes others and not this one counts as a failure of this one', () => {
    expect(retryPolicy(away, { before: 0, own: true })).toMatchObject({ is: 'retry', type: 'StoreUnavailable' });
    expect(retryPolicy(away, { before: 7, own: true })).toEqual({ is: 'final', type: 'StoreUnavailable' });
  });

  it.each(['refused', 'damaged'] as const)('that answers with %s is not asked again', (code) => {
    expect(retryPolicy(new StoreError(code, 'no'), { before: 0 })).toEqual({ is: 'final', type: 'StoreUnavailable' });
  });
});

describe('a create', () => {
  const beats: unknown[] = [];
  const profile = stubProfile();
  const deps = () =>
    stubCallDeps({
      acknowledgedHeartbeat: (details: unknown) => {
        beats.push(structuredClone(details));
        return Promise.resolve();
      },
    });

  async function create(run: CallInput<string>['run'], heartbeatDetails?: unknown): Promise<unknown> {
    const environment = new MockActivityEnvironment(heartbeatDetails === undefined ? {} : { heartbeatDetails });
    const input = {
      profile,
      endpoint: 'createMeetingExport' as const,
      recordGrant: true,
      run,
    };
    beats.length = 0;
    return await environment.run(() => call(deps(), input)).catch((error: unknown) => error);
  }

  it('is on record before it is sent', async () => {
    await create((options) => {
      expect(beats).toEqual([expect.objectContaining({ granted: true })]);
      options.onSent?.();
      return Promise.resolve('task');
    });
  });

  it('that an earlier attempt let go is never sent again: nobody knows what became of it', async () => {
    const sent = await create(() => Promise.reject(new Error('must not be called')), {
      granted: true,
      calls: 1,
      failures: 0,
    });
    expect(sent).toMatchObject({ type: 'CreateOutcomeUnknown', nonRetryable: true });
  });

  it.each([
    ['an answer that was lost', feishuError({ kind: 'network', answered: false })],
    ['a gateway that answers for Feishu', feishuError({ kind: 'server', status: 502 })],
  ])('with %s is unknown', async (_what, error) => {
    expect(await create(() => Promise.reject(error))).toMatchObject({ type: 'CreateOutcomeUnknown' });
  });

  it.each([
    ['Feishu refused', feishuError({ kind: 'throttled', feishuCode: 99_991_400, retryAfterMs: 10 }), 'Throttled'],
    ['failed with a code of its own', feishuError({ feishuCode: 121_001 }), 'CallFailed'],
    ['never left', feishuError({ kind: 'network', sent: false, answered: false }), 'FeishuAway'],
  ])('that %s made no task and may be made again', async (_what, error, type) => {
    expect(await create(() => Promise.reject(error))).toMatchObject({ type, nonRetryable: false });
    expect(beats.at(-1)).toMatchObject({ granted: false });
  });
});

describe('calls that wait for the same limit', () => {
  it('take turns by the run that they belong to, however many children it has', async () => {
    const order: string[] = [];
    const deps = stubCallDeps({
      pacer: new Pacer({ limitFor: () => [{ calls: 1, windowMs: 100 }], unansweredMs: 1000 }),
    });
    const profile = stubProfile();
    const ask = async (workflowId: string): Promise<void> => {
      const environment = new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'r' } });
      const run: CallInput<null>['run'] = (options) => {
        order.push(workflowId);
        options.onSent?.();
        return Promise.resolve(null);
      };
      const input = { profile, endpoint: 'listParticipantQuality' as const, run };
      await environment.run(() => call(deps, input));
    };
    const day = 'feishu-vc/day/default/2025-03-04';
    const sessions = [1, 2, 3, 4].map((session) => `${day}/quality/m/${session}`);
    const single = 'feishu-vc/export/default/abc';
    await Promise.all([...sessions, single].map(ask));
    expect(order.toSorted()).toEqual([...sessions, single].toSorted());
    // The day's first call goes at once, and its second one waited before the single export came.
    expect(order.indexOf(single)).toBe(2);
  });
});
