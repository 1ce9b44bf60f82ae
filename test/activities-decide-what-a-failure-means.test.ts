import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { call, type CallInput } from '../activities/calls/call.ts';
import { callFailure } from '../activities/failures.ts';
import type { CallDeps, Profile } from '../activities/index.ts';
import { PollSchedule } from '../activities/calls/poll-schedule.ts';
import { ENDPOINTS } from '../feishu/contract.ts';
import { FeishuError, type FeishuErrorFields } from '../feishu/errors.ts';
import { LeaseLostError, Pacer, QueueFullError } from '../feishu/pacer.ts';
import { StoreError } from '../store/errors.ts';

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

function failure(error: unknown, tries = 1): ApplicationFailure {
  const decided = callFailure(error, tries);
  if (decided instanceof ApplicationFailure) return decided;
  throw new Error('not an ApplicationFailure', { cause: decided });
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
    expect(failure(feishuError({ kind }))).toMatchObject({ type, nonRetryable: true });
  });

  it.each(['token', 'server', 'network', 'contract'] as const)(
    'of kind %s is tried again, and given up at the eighth',
    (kind) => {
      expect(failure(feishuError({ kind }), 7)).toMatchObject({ type: 'CallFailed', nonRetryable: false });
      expect(failure(feishuError({ kind }), 8)).toMatchObject({ type: 'CallFailed', nonRetryable: true });
    },
  );

  it.each([
    [feishuError({ kind: 'throttled', retryAfterMs: 5200 }), 'Throttled', 5200],
    [new QueueFullError({ bucket: 'b', waiting: 64, retryAfterMs: 900 }), 'WaitingForTurn', 900],
    [new LeaseLostError('gone'), 'WaitingForTurn', 500],
    [feishuError({ kind: 'monthly_quota' }), 'MonthlyQuotaUsedUp', 3_600_000],
  ])('that is only a wait comes back in its time, however often: %s', (error, type, nextRetryDelay) => {
    expect(failure(error, 100)).toMatchObject({ type, nextRetryDelay, nonRetryable: false });
  });

  it('tells a store that is away from one that refuses', () => {
    expect(failure(new StoreError('unavailable', 'full'))).toMatchObject({
      type: 'StoreUnavailable',
      nonRetryable: false,
    });
    expect(failure(new StoreError('refused', 'no'))).toMatchObject({ type: 'StoreUnavailable', nonRetryable: true });
  });
});

describe('a create', () => {
  const beats: unknown[] = [];
  const profile = {
    name: 'default',
    quotaOf: 'host|app',
    tokens: { get: () => Promise.resolve('t'), drop: () => {}, fixed: false },
  };
  const deps = {
    pacer: new Pacer({ limitFor: () => null, unansweredMs: 1000 }),
    polls: new PollSchedule(),
    usedUp: new Set<string>(),
    acknowledgedHeartbeat: (details: unknown) => {
      beats.push(structuredClone(details));
      return Promise.resolve();
    },
  };

  async function create(run: CallInput<string>['run'], heartbeatDetails?: unknown): Promise<unknown> {
    const environment = new MockActivityEnvironment(heartbeatDetails === undefined ? {} : { heartbeatDetails });
    const input = {
      profile: profile as unknown as Profile,
      endpoint: 'createMeetingExport' as const,
      recordGrant: true,
      run,
    };
    beats.length = 0;
    return await environment.run(() => call(deps as unknown as CallDeps, input)).catch((error: unknown) => error);
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
    ['never left', feishuError({ kind: 'network', sent: false, answered: false }), 'CallFailed'],
  ])('that %s made no task and may be made again', async (_what, error, type) => {
    expect(await create(() => Promise.reject(error))).toMatchObject({ type, nonRetryable: false });
    expect(beats.at(-1)).toMatchObject({ granted: false });
  });
});

describe('calls that wait for the same limit', () => {
  it('take turns by the run that they belong to, however many children it has', async () => {
    const order: string[] = [];
    const deps = {
      pacer: new Pacer({ limitFor: () => [{ calls: 1, windowMs: 100 }], unansweredMs: 1000 }),
      usedUp: new Set<string>(),
    };
    const profile = { quotaOf: 'host|app', tokens: { get: () => Promise.resolve('t') } } as unknown as Profile;
    const ask = async (workflowId: string): Promise<void> => {
      const environment = new MockActivityEnvironment({ workflowExecution: { workflowId, runId: 'r' } });
      const run: CallInput<null>['run'] = (options) => {
        order.push(workflowId);
        options.onSent?.();
        return Promise.resolve(null);
      };
      const input = { profile, endpoint: 'listParticipantQuality' as const, run };
      await environment.run(() => call(deps as unknown as CallDeps, input));
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
