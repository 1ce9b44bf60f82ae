/** A meeting that is named by its number and its day: what Feishu lists besides is not asked about. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../activities/index.ts';
import { writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { pageKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { dayWindow } from '../model/calendar.ts';
import { FileStore } from '../store/file-store.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { unitRecord } from './support/unit-record.ts';

const DAY = '2025-03-03';
const ZONE = 'Asia/Shanghai';
const LISTED = ['123456789', '123 456 789', '987654321', ''].map((meeting_id, index) => ({
  meeting_id,
  meeting_start_time: `2025.03.03 1${index}:00:00 (GMT+08:00)`,
  meeting_end_time: `2025.03.03 1${index}:30:00 (GMT+08:00)`,
}));

let folder: string;
let store: FileStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-meetings-'));
  store = new FileStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The numbers that a list is read to have, asked for with `request`. */
async function numbersOf(run_id: string, request: Record<string, unknown>): Promise<string[]> {
  const location = { kind: 'single', workflow_id: 'one-meeting', run_id, generation: 1 } as const;
  const unit: UnitLocation = { ...location, resource: 'meeting_list', unit: 'list' };
  const file = await putJsonGz(store, pageKey(unit, 1), JSON.stringify({ code: 0, data: { meeting_list: LISTED } }));
  const of = { resource: 'meeting_list', unit: 'list' } as const;
  await writeRecord(store, unit, unitRecord({ ...of, request, files: [file], rows: LISTED.length }));
  const activities = createActivities(
    stubCallDeps({ store, settleHours: 6, profile: () => stubProfile({ timeZone: ZONE }) }),
  );
  const { fromUnix: from, toUnix: to } = dayWindow(DAY, ZONE);
  const window = { time_zone: ZONE, from, to, ask_until: to, asked_at: to, reservation_windows: [] };
  const run = new Attempts({ workflowExecution: { workflowId: location.workflow_id, runId: run_id } });
  const found = await run.once(() => activities.readMeetings({ profile: 'default', location, window }));
  return (found as { meeting_no: string }[]).map(({ meeting_no }) => meeting_no);
}

test('only meetings of the number are taken, whatever else the list has', async () => {
  expect(await numbersOf('run-1', { meeting_no: '123456789' })).toStrictEqual(['123456789', '123456789']);
  expect(await numbersOf('run-2', { meeting_no: '111111111' })).toStrictEqual([]);
});
