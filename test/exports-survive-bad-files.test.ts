/** Files that come damaged, in another shape or not at all, tasks that fail, and creates whose answer is lost. */
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExportFailedError, type ExportDayResult } from '../client/index.ts';
import { recordsOf } from '../dataset/records.ts';
import type { FaultRule } from '../sandbox/index.ts';
import type { LedgerTask } from '../sandbox/ledger.ts';
import { addDays } from '../model/calendar.ts';
import { exportDay, findDay, manifestOf, readTable, SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { expectedDay, type Cells } from './support/expected.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const ASK = {
  listing: 'list',
  source: 'list',
  user_id_type: 'open_id',
  include_external_meetings: false,
  include_webinar: false,
  room_level_id: '',
  windowSemantics: 'overlaps',
} as const;
/** A request of its own, so that its fault strikes nothing else. */
const DOOMED = { start_time: '1738000000', end_time: '1738090000' };

describe.skipIf(!cli)('an export', () => {
  let product: Product;
  let doomed: Promise<unknown>;
  let nextDay = '2025-04-01';

  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: SMALL });
    // Pauses of half a minute and a minute lie between its tasks: it runs beside the other tests.
    faults();
    doomed = failureOf(
      (await product.client.start('exportResource', { resource: 'meeting_list', request: DOOMED })).result(),
    );
  });
  afterAll(async () => {
    await product.stop();
  });

  function faults(...rules: FaultRule[]): void {
    product.sandbox.faults.set([{ on: 'E1', kind: 'task-fails', match: DOOMED }, ...rules]);
  }

  interface Struck {
    day: string;
    result: Promise<ExportDayResult>;
    /** Tasks that were created for the day. */
    tasks(): LedgerTask[];
  }

  /** The meetings of a day of its own, under these faults. */
  function exportUnder(...rules: FaultRule[]): Struck {
    faults(...rules);
    const { tenant, ledger } = product.sandbox;
    const day = findDay(tenant, nextDay, (meetings) => meetings.length > 3);
    nextDay = addDays(day, 1);
    const start = String(tenant.dayRange(day).from);
    const tasks = () => ledger.tasks.filter((task) => task.request['start_time'] === start);
    return { day, result: exportDay(product, { day, include: ['meetings'] }), tasks };
  }

  /** What a run waits for by itself, ms: its timers, and the tries of its activities that come later. */
  async function pausesOf(workflowId: string): Promise<number> {
    const { events } = await product.client.temporal.workflow.getHandle(workflowId).fetchHistory();
    const timers = (events ?? []).map(
      (event) => optionalTsToMs(event.timerStartedEventAttributes?.startToFireTimeout) ?? 0,
    );
    const again = (events ?? []).filter((event) => (event.activityTaskStartedEventAttributes?.attempt ?? 0) > 1);
    expect(again).toStrictEqual([]);
    return timers.reduce((sum, ms) => sum + ms, 0);
  }

  const meetingsOf = (day: string): Cells[] => expectedDay(product.sandbox.tenant, day, ASK).meetings;
  const exportedOf = async (day: string): Promise<Cells[]> => (await readTable(product.dataDir, 'meetings', day)).rows;

  test.each(['reordered-columns', 'english-headers', 'title-row', 'extra-column'] as const)(
    'reads a file with %s as if it were the documented one',
    async (kind) => {
      const { day, result } = exportUnder({ on: 'E6', kind });
      expect((await result).complete).toBe(true);
      expect(byKey(await exportedOf(day))).toStrictEqual(byKey(meetingsOf(day)));
      const { meetings } = (await manifestOf(product.dataDir, day)).tables;
      expect(meetings?.extra_columns).toStrictEqual(kind === 'extra-column' ? ['新增字段'] : []);
      expect(meetings?.missing_columns).toStrictEqual([]);
    },
  );

  test('leaves a column that the file lacks empty, and names it in the manifest', async () => {
    const { day, result } = exportUnder({ on: 'E6', kind: 'missing-column', column: '会议组织者' });
    await result;
    const expected = meetingsOf(day).map((row) => ({ ...row, organizer: null }));
    expect(byKey(await exportedOf(day))).toStrictEqual(byKey(expected));
    const { meetings } = (await manifestOf(product.dataDir, day)).tables;
    expect(meetings?.missing_columns).toStrictEqual(['会议组织者']);
  });

  test('fails with UnreadableFile where the column is one that rows are found by, and names it', async () => {
    const { result, tasks } = exportUnder({ on: 'E6', kind: 'missing-column', column: '会议ID' });
    const error = await failureOf(result);
    expect(error).toMatchObject({ type: 'UnreadableFile', message: expect.stringContaining('会议ID') });
    expect(tasks()).toHaveLength(1);
  });

  test.each(['truncated-download', 'garbage-download', 'json-download', 'reset-after', '502-html'] as const)(
    'downloads again after one %s, without a new task',
    async (kind) => {
      const { day, result, tasks } = exportUnder({ on: 'E6', kind, times: 1 });
      await result;
      expect(byKey(await exportedOf(day))).toStrictEqual(byKey(meetingsOf(day)));
      expect(tasks()).toHaveLength(1);
    },
  );

  test.each(['truncated-download', 'garbage-download'] as const)(
    'fails with UnreadableFile when a %s brings the same bytes twice, within a minute and without a new task',
    async (kind) => {
      const { day, result, tasks } = exportUnder({ on: 'E6', kind });
      const error = await failureOf(result);
      expect(error).toBeInstanceOf(ExportFailedError);
      expect(error).toMatchObject({ type: 'UnreadableFile', message: expect.stringMatching(/sha256 [0-9a-f]{64}/) });
      expect(await pausesOf(`feishu-vc/day/default/${day}/meeting_list/export`)).toBeLessThan(60_000);
      expect(tasks().map((task) => task.downloads)).toStrictEqual([2]);
    },
  );

  test('asks for another file token when the first one has expired', async () => {
    const { day, result, tasks } = exportUnder({ on: 'E6', kind: 'expired-file-token', times: 1 });
    await result;
    expect(byKey(await exportedOf(day))).toStrictEqual(byKey(meetingsOf(day)));
    expect(tasks().map((task) => task.downloads)).toStrictEqual([1]);
  });

  test('fails with PermissionDenied at once when the task lacks a permission, and says which right is needed', async () => {
    const { result, tasks } = exportUnder({ on: 'E1', kind: 'task-fails', failMsg: 'no permission' });
    const error = await failureOf(result);
    expect(error).toMatchObject({ type: 'PermissionDenied', message: expect.stringContaining('Meeting management') });
    expect(tasks()).toHaveLength(1);
  });

  test('creates a task anew when the answer to its create is lost, and counts what may be left behind', async () => {
    const { tenant, ledger } = product.sandbox;
    const day = findDay(tenant, nextDay, (meetings) => meetings.length > 3);
    nextDay = addDays(day, 1);
    faults({ on: 'E3', kind: 'reset-after', times: 3 });
    const result = await exportDay(product, { day, source: 'export', include: ['quality_minutes'] });
    expect(result.units.failed).toBeUndefined();
    const manifest = await manifestOf(product.dataDir, day);
    expect(manifest.unknown_creates).toBe(3);
    const location = { kind: 'day', profile: 'default', day, generation: manifest.generation } as const;
    const recorded = new Set<string>();
    for await (const { task_id } of recordsOf(product.store, location, 'participant_quality_list')) {
      if (task_id !== null) recorded.add(task_id);
    }
    const created = ledger.tasks.filter((task) => task.resource === 'participant_quality_list');
    expect(recorded.size).toBe(result.units.done ?? 0);
    expect(created.length - recorded.size).toBeLessThanOrEqual(manifest.unknown_creates);
    expect(manifest.calls['E3']).toBe(ledger.calls.filter((call) => call.endpoint === 'E3').length);
  });

  test('gives up after three tasks in a row that failed, and says what Feishu said', async () => {
    const error = await doomed;
    expect(error).toMatchObject({ type: 'ExportTaskFailed', message: expect.stringContaining('internal error') });
    const tasks = product.sandbox.ledger.tasks.filter((task) => task.request['start_time'] === DOOMED.start_time);
    expect(tasks.map((task) => task.status)).toStrictEqual([2, 2, 2]);
  });

  test('whose meeting Feishu does not know fails with one of the documented types', async () => {
    faults();
    const request = { meeting_no: '123456789', meeting_start_time: '1741000000', meeting_end_time: '1741003600' };
    const run = await product.client.start('exportResource', { resource: 'participant_list', request });
    const error = await failureOf(run.result());
    expect(error).toMatchObject({ type: 'InvalidInput', message: expect.stringContaining('121004') });
  });

  test('that Feishu refuses as wrong fails with one of the documented types', async () => {
    faults();
    const request = { start_time: '1700000000', end_time: '1741003600' };
    const run = await product.client.start('exportResource', { resource: 'meeting_list', request });
    const error = await failureOf(run.result());
    expect(error).toMatchObject({ type: 'InvalidInput', message: expect.stringContaining('121003') });
  });
});

async function failureOf(result: Promise<unknown>): Promise<unknown> {
  return await result.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
}

function byKey(rows: Cells[]): Cells[] {
  return rows.toSorted((a, b) => String(a['row_key']).localeCompare(String(b['row_key'])));
}
