/** Wrong inputs end a workflow at once, with every field that is wrong, and without a call. */
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkflowType } from '../client/index.ts';
import { addDays } from '../model/calendar.ts';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startProduct, type Product } from './support/product.ts';

interface Wrong {
  what: string;
  type: WorkflowType;
  input: unknown;
  /** Every field that the message has to name. */
  names: string[];
}

const MEETING = { meeting_no: '123456789', meeting_start_time: 1_741_000_000, meeting_end_time: 1_741_003_600 };
const tomorrow = addDays(new Date().toISOString().slice(0, 10), 2);

const WRONG: Wrong[] = [
  { what: 'nothing', type: 'exportDay', input: undefined, names: ['day'] },
  { what: 'no object', type: 'exportDay', input: '2025-03-01', names: ['input'] },
  {
    what: 'an unknown field and two wrong values',
    type: 'exportDay',
    input: { day: '2025-02-30', listing: 'both', dya: '2025-03-01' },
    names: ['day', 'listing', 'dya'],
  },
  { what: 'a day in the future', type: 'exportDay', input: { day: tomorrow }, names: ['day'] },
  {
    what: 'reservations without a room level',
    type: 'exportDay',
    input: { day: '2025-03-01', include: ['reservations'] },
    names: ['room_level_id'],
  },
  {
    what: 'a room instead of a room level, and an unknown table',
    type: 'exportDay',
    input: { day: '2025-03-01', room_level_id: 'omm_1', include: ['meetings', 'rooms'] },
    names: ['room_level_id', 'include.1'],
  },
  {
    what: 'a profile that the worker does not know',
    type: 'exportDay',
    input: { day: '2025-03-01', profile: 'elsewhere' },
    names: ['profile', 'elsewhere'],
  },
  {
    what: 'an id kind that the files do not have',
    type: 'exportDay',
    input: { day: '2025-03-01', listing: 'export', user_id_type: 'open_id' },
    names: ['user_id_type'],
  },
  {
    what: 'an unknown resource',
    type: 'exportResource',
    input: { resource: 'meetings', request: {} },
    names: ['resource'],
  },
  {
    what: 'a request without its times and with a field of another resource',
    type: 'exportResource',
    input: { resource: 'meeting_list', request: { room_level_id: 'omb_1' } },
    names: ['request.start_time', 'request.end_time', 'request.room_level_id'],
  },
  {
    what: 'two filters where one is allowed',
    type: 'exportResource',
    input: {
      resource: 'meeting_list',
      request: { start_time: 1, end_time: 2, meeting_no: '123456789', user_id: 'ou_1' },
    },
    names: ['request.meeting_no', 'request.user_id'],
  },
  {
    what: 'both a user and a room',
    type: 'participantQuality',
    input: { meeting: MEETING, participant: { user_id: 'ou_1', room_id: 'omm_1', join_time: 1_741_000_100 } },
    names: ['participant.user_id'],
  },
  {
    what: 'a short meeting number, no join time and an unknown source',
    type: 'participantQuality',
    input: { meeting: { ...MEETING, meeting_no: '1234' }, participant: { user_id: 'ou_1' }, source: 'file' },
    names: ['meeting.meeting_no', 'participant.join_time', 'source'],
  },
  {
    what: 'a meeting without start and end',
    type: 'meetingQuality',
    input: { meeting: { meeting_no: '123456789' } },
    names: ['meeting.meeting_start_time', 'meeting.meeting_end_time'],
  },
  {
    what: 'a meeting of a day that is none',
    type: 'meetingQuality',
    input: { meeting: { meeting_no: '123456789', day: 'yesterday' } },
    names: ['meeting.day'],
  },
  { what: 'no days', type: 'backfill', input: {}, names: ['from', 'month', 'days_back'] },
  {
    what: 'days given twice, and too many at a time',
    type: 'backfill',
    input: { from: '2025-03-01', to: '2025-03-02', month: '2025-03', concurrency: 8 },
    names: ['from', 'month', 'concurrency'],
  },
  {
    what: 'days in the wrong order',
    type: 'backfill',
    input: { from: '2025-03-02', to: '2025-03-01' },
    names: ['to'],
  },
  {
    what: 'a range of over ten years',
    type: 'backfill',
    input: { from: '2000-01-01', to: '2025-01-01' },
    names: ['to'],
  },
  { what: 'days in the future', type: 'backfill', input: { from: '2025-03-01', to: tomorrow }, names: ['to'] },
];

const cli = await temporalCli();

describe.skipIf(!cli)('a workflow that is started with', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: SMALL });
  });
  afterAll(async () => {
    await product.stop();
  });

  /** As any client of Temporal starts it: past the checks of our own. */
  async function failureOf(type: string, input: unknown): Promise<{ failure: ApplicationFailure; events: number }> {
    const { temporal, taskQueue } = product.client;
    const workflowId = `wrong-${crypto.randomUUID()}`;
    const handle = await temporal.workflow.start(type, {
      taskQueue,
      workflowId,
      args: input === undefined ? [] : [input],
    });
    const error: unknown = await handle.result().then(
      () => new Error('the workflow took the input'),
      (failed: unknown) => failed,
    );
    if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) throw error;
    return { failure: error.cause, events: (await handle.describe()).historyLength };
  }

  test.each(WRONG)('$what fails, $type says which field takes what', async ({ type, input, names }) => {
    const { failure, events } = await failureOf(type, input);
    expect(failure.type).toBe('InvalidInput');
    expect(failure.nonRetryable).toBe(true);
    for (const name of names) expect(failure.message).toContain(name);
    expect(failure.message).toMatch(/takes?|must|may|unknown field|is not configured|exactly one/);
    // Started, one workflow task, at most one look at the worker's settings, failed.
    expect(events).toBeLessThan(12);
  });

  test('nothing that is right is refused: the same field names go through the client', async () => {
    const day = '2025-03-01';
    await expect(product.client.start('exportDay', { day, include: ['reservations'] })).rejects.toThrow(
      'room_level_id',
    );
    const run = await product.client.start('exportDay', { day, include: ['meetings'] });
    expect((await run.result()).tables['meetings']).toBeGreaterThan(0);
  });

  test('wrong inputs cost no call', () => {
    const asked = product.sandbox.ledger.calls.filter((call) => call.endpoint !== 'A1').map((call) => call.endpoint);
    // The one day that was right: create, looks, download.
    expect(new Set(asked)).toStrictEqual(new Set(['E1', 'E5', 'E6']));
  });
});
