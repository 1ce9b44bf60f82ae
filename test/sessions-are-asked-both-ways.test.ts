/** A session whose minutes are asked for by list and by file is as far as its worse half. */
import { expect, test } from 'vitest';
import { createActivities } from '../activities/index.ts';
import { writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { pageKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { worstOf, type UnitStatus } from '../model/units.ts';
import type { FileStore } from '../store/file-store.ts';
import { meetingKey, sessionKey } from '../tables/keys.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { ownStoreEach } from './support/own-store.ts';
import { unitRecord } from './support/unit-record.ts';

const START = 1_741_000_000;
const MEETING = { meeting_no: '123456789', meeting_start_time: String(START), meeting_end_time: String(START + 3600) };
const DAY = { kind: 'day', profile: 'default', day: '2025-03-03', generation: 1 } as const;
const LIST: UnitLocation = { ...DAY, resource: 'participant_list', unit: meetingKey(MEETING.meeting_no, START) };
const ASKED_AT = START + 90_000;
const PROFILE = stubProfile({ timeZone: 'Asia/Shanghai' });
const USER = { user_id: 'ou_1', join_time: String(START) };

let store: FileStore;
ownStoreEach((made) => (store = made));

async function listOne(): Promise<void> {
  const participants = [{ user_id: 'ou_1', join_time: '2025.03.03 19:06:40 (GMT+08:00)', participant_name: 'x' }];
  const file = await putJsonGz(store, pageKey(LIST, 1), JSON.stringify({ code: 0, data: { participants } }));
  const request = { ...MEETING, user_id_type: 'open_id' };
  const said = { request, files: [file], rows: 1, asked_at: ASKED_AT, generation: 1 };
  await writeRecord(store, LIST, unitRecord({ resource: 'participant_list', unit: LIST.unit, ...said }));
}

async function note(via: 'list' | 'export', status: UnitStatus): Promise<void> {
  const unit = `${sessionKey(LIST.unit, USER, START)}.${via}`;
  const at: UnitLocation = { ...DAY, resource: 'participant_quality_list', unit };
  const request = { ...MEETING, ...USER, user_id_type: 'open_id' };
  const said = { via, status, request, rows: status === 'done' ? 60 : 0, asked_at: ASKED_AT, generation: 1 };
  await writeRecord(store, at, unitRecord({ resource: 'participant_quality_list', unit, ...said }));
}

test.each<[UnitStatus[], UnitStatus]>([
  [['empty', 'done'], 'done'],
  [['done', 'pending'], 'pending'],
  [['pending', 'failed'], 'failed'],
  [['empty', 'empty'], 'empty'],
  [['done'], 'done'],
])('%j is %s', (statuses, status) => {
  expect(worstOf(statuses.map((each) => ({ status: each })))).toStrictEqual({ status });
});

test('what is there of it already counts once, as far as its worse half', async () => {
  await listOne();
  await note('list', 'empty');
  await note('export', 'done');
  const { pendingSessions } = createActivities(stubCallDeps({ store, settleHours: 6, profile: () => PROFILE }));
  const input = { profile: 'default', source: 'both', user_id_type: 'open_id', location: DAY } as const;
  const slice = { cursor: 0, limit: 50, refresh: 'missing', fetched_since: 0 } as const;
  const run = () => pendingSessions({ ...input, ...slice, participants: LIST.unit });
  expect(await new Attempts().once(run)).toMatchObject({ total: 1, sessions: [], settled: { done: 1 } });
});
