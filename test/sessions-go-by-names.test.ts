/** What a session is called outside of the store leads back to it, for whoever can read its list and for nobody else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createActivities, createCallActivities } from '../activities/index.ts';
import { readRecord, writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { pageKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { FileStore } from '../store/file-store.ts';
import { meetingKey, sessionKey } from '../tables/keys.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { unitRecord } from './support/unit-record.ts';

const START = 1_741_000_000;
const MEETING = { meeting_no: '123456789', meeting_start_time: String(START), meeting_end_time: String(START + 3600) };
const DAY = { kind: 'day', profile: 'default', day: '2025-03-03', generation: 1 } as const;
const LIST: UnitLocation = { ...DAY, resource: 'participant_list', unit: meetingKey(MEETING.meeting_no, START) };
const SLICE = { cursor: 0, limit: 50, refresh: 'all', fetched_since: 0 } as const;
const KEY = sessionKey(LIST.unit, { user_id: 'ou_1' }, START);
const FAILED = { profile: 'default', reason: 'x', request: { user_id_type: 'open_id' }, via: 'export' } as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-names-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a worker has, with a memory of its own. */
function worker(root = folder) {
  const store = new FileStore(root);
  const served = stubProfile({ timeZone: 'Asia/Shanghai' });
  const profile = (name: string) => (name === served.name ? served : null);
  const deps = stubCallDeps({ store, settleHours: 6, profile });
  return { store, ...createActivities(deps), ...createCallActivities(deps) };
}

async function listPeople({ store }: { store: FileStore }, users: string[], generation = 1): Promise<void> {
  const participants = users.map((user_id) => ({
    user_id,
    join_time: '2025.03.03 19:06:40 (GMT+08:00)',
    participant_name: 'x',
  }));
  const at = { ...LIST, generation };
  const file = await putJsonGz(store, pageKey(at, 1), JSON.stringify({ code: 0, data: { participants } }));
  const request = { ...MEETING, user_id_type: 'open_id' };
  const said = { request, files: [file], rows: users.length, asked_at: START + 90_000 };
  await writeRecord(store, at, unitRecord({ resource: 'participant_list', unit: LIST.unit, generation, ...said }));
}

async function keysOf({ store }: { store: FileStore }): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list()) keys.push(key);
  return keys;
}

async function placesOf({ pendingSessions }: ReturnType<typeof worker>) {
  const input = { profile: 'default', source: 'list', user_id_type: 'open_id', location: DAY, ...SLICE } as const;
  const run = () => pendingSessions({ ...input, participants: LIST.unit });
  const { sessions } = (await new Attempts().once(run)) as Awaited<ReturnType<typeof pendingSessions>>;
  return sessions.map(({ session }) => ({ ...DAY, session, participants: LIST.unit }));
}

test('all workers of a store have the same names, and those of another store others', async () => {
  await listPeople(worker(), ['ou_1', 'ou_2']);
  const places = await placesOf(worker());
  expect(places.map(({ session }) => session)).toStrictEqual([
    expect.stringMatching(/^[\w-]{22}$/),
    expect.stringMatching(/^[\w-]{22}$/),
  ]);
  expect(await placesOf(worker())).toStrictEqual(places);
  const other = await mkdtemp(join(tmpdir(), 'feishu-vc-names-'));
  await listPeople(worker(other), ['ou_1', 'ou_2']);
  const names = new Set([...places, ...(await placesOf(worker(other)))].map(({ session }) => session));
  expect(names.size).toBe(4);
  await rm(other, { recursive: true });
});

test('what is noted of a session by its name lies under its key', async () => {
  const one = worker();
  await listPeople(one, ['ou_1']);
  const [place] = await placesOf(one);
  const noted = await new Attempts().once(() => worker().recordFailure({ ...FAILED, location: place! }));
  expect(noted).toStrictEqual({ status: 'failed' });
  const unit = `${KEY}.export`;
  expect(await readRecord(one.store, { ...DAY, resource: 'participant_quality_list', unit })).toMatchObject({
    unit,
    status: 'failed',
    request: { ...MEETING, user_id: 'ou_1', join_time: String(START) },
  });
});

test('of a session that its list has no more nothing is asked and nothing is noted', async () => {
  const one = worker();
  await listPeople(one, ['ou_1']);
  const [place] = await placesOf(one);
  await listPeople(one, ['ou_2'], 2);
  const before = await keysOf(one);
  const request = { profile: 'default', resource: 'participant_quality_list', request: FAILED.request } as const;
  const failed = await new Attempts().once(() => one.createExportTask({ ...request, location: place! }));
  expect(failed).toMatchObject({ type: 'CallFailed', nonRetryable: true });
  expect(String(failed)).toContain('the list of participants has changed and lacks the session');
  expect(await new Attempts().once(() => one.recordFailure({ ...FAILED, location: place! }))).toStrictEqual({
    status: 'failed',
  });
  expect(await keysOf(one)).toStrictEqual(before);
});
