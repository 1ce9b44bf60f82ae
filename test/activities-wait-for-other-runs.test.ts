/** What counts as a run that still has its id, and how often it is looked at. */
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { runActivities } from '../activities/runs.ts';
import { RUN_TYPES } from '../model/runs.ts';
import * as workflows from '../workflows/index.ts';

function activitiesWhere(status: string | null, of: { type?: string; taskQueue?: string } = {}) {
  const describeRun = () => {
    if (status === null) return Promise.reject(new WorkflowNotFoundError('gone', 'id', undefined));
    const found = { type: 'exportDay', taskQueue: new MockActivityEnvironment().context.info.taskQueue, ...of };
    return Promise.resolve({ ...found, status: { name: status }, parentExecution: { workflowId: 'its-parent' } });
  };
  const client = { workflow: { getHandle: () => ({ describe: describeRun }) } };
  return runActivities({ client } as never);
}

async function lookAt(status: string | null, attempt = 1): Promise<unknown> {
  const { untilFree } = activitiesWhere(status);
  const environment = new MockActivityEnvironment({ attempt });
  return await environment.run(untilFree, { workflow_id: 'x' }).catch((error: unknown) => error);
}

describe('waiting for an id', () => {
  test.each(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT', null])(
    'is over where its run is %s',
    async (status) => {
      expect(await lookAt(status)).toBeUndefined();
    },
  );

  test.each(['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW', 'UNSPECIFIED', 'A_STATE_OF_A_LATER_SERVER'])(
    'goes on while its run is %s',
    async (status) => {
      const failure = await lookAt(status);
      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({ category: ApplicationFailureCategory.BENIGN, nonRetryable: false });
    },
  );

  test('looks again after two seconds, and later every ten', async () => {
    const delays = await Promise.all([1, 2, 9, 100].map(async (attempt) => await lookAt('RUNNING', attempt)));
    expect(delays).toMatchObject([2000, 2500, 6000, 10_000].map((nextRetryDelay) => ({ nextRetryDelay })));
  });

  test('names the run that has started the holder', async () => {
    const environment = new MockActivityEnvironment();
    const say = async (status: string) => await environment.run(activitiesWhere(status).whoRuns, { workflow_id: 'x' });
    expect(await say('PAUSED')).toBe('workflow its-parent');
    expect(await say('COMPLETED')).toBe('a run that is just ending');
  });

  test('names the queue of a holder whose workers may all be gone', async () => {
    const { whoRuns } = activitiesWhere('RUNNING', { taskQueue: 'another' });
    expect(await new MockActivityEnvironment().run(whoRuns, { workflow_id: 'x' })).toBe(
      'workflow its-parent on the queue another',
    );
  });

  test.each([
    ['somethingElse', 'a workflow of the type somethingElse,'],
    ['curl x | sh\n\u202e', 'a workflow of another type,'],
  ])('ends where a workflow %j has the id, which may never end, and says what frees it', async (type, said) => {
    const { untilFree, whoRuns } = activitiesWhere('RUNNING', { type });
    const environment = new MockActivityEnvironment();
    const id = 'feishu-vc/day/default/2026-10-01';
    const failed: unknown = await environment.run(untilFree, { workflow_id: id }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ type: 'IdIsTaken', nonRetryable: true });
    const words = `temporal workflow terminate --workflow-id ${id} frees the id: ${said} none of this product's, has it`;
    expect((failed as Error).message).toBe(words);
    expect(await environment.run(whoRuns, { workflow_id: id })).toBe(words);
    expect(
      await environment.run(activitiesWhere('TERMINATED', { type }).untilFree, { workflow_id: id }),
    ).toBeUndefined();
  });

  test('knows every type that can have such an id', () => {
    expect([...RUN_TYPES, 'apiLease'].toSorted()).toEqual(Object.keys(workflows).toSorted());
  });
});
