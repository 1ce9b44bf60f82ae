/** A list of participants that is taken in slices. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pageKey, recordKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { SessionLists } from '../dataset/pending-units.ts';
import { writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { FileStore } from '../store/file-store.ts';
import { unitRecord } from './support/unit-record.ts';

const ZONE = 'Asia/Shanghai';
let folder: string;
let store: FileStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-lists-'));
  store = new FileStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function placeOf(unit: string, generation = 1): UnitLocation {
  return { kind: 'day', profile: 'default', day: '2026-10-01', generation, resource: 'participant_list', unit };
}

async function storeList(location: UnitLocation, users: string[]): Promise<string> {
  const participants = users.map((id) => ({ user_id: id, join_time: '1759280400', participant_name: id }));
  const page = JSON.stringify({ code: 0, data: { participants, has_more: false } });
  const file = await putJsonGz(store, pageKey(location, 1), page);
  const { resource, unit, generation } = location;
  const request = { meeting_no: '123456789', meeting_start_time: '1759280000', meeting_end_time: '1759283600' };
  const record = unitRecord({ resource, unit, generation, request, files: [file], rows: users.length });
  await writeRecord(store, location, record);
  return recordKey(location);
}

const usersOf = async (lists: SessionLists, key: string) =>
  Array.from((await lists.of(ZONE, key)).values(), (session) => session.user_id);

test('A list is read once however often it is asked for, and anew when another run has fetched it', async () => {
  const lists = new SessionLists(store);
  const key = await storeList(placeOf('meeting'), ['ou_1', 'ou_2']);
  const pages = vi.spyOn(store, 'read');
  const pagesRead = () => pages.mock.calls.filter(([read]) => read.endsWith('.json.gz')).length;
  const atOnce = await Promise.all(Array.from({ length: 5 }, () => usersOf(lists, key)));
  expect(new Set(atOnce.map((users) => users.join(' ')))).toStrictEqual(new Set(['ou_1 ou_2']));
  for (let i = 0; i < 3; i++) expect(await usersOf(lists, key)).toEqual(['ou_1', 'ou_2']);
  expect(pagesRead()).toBe(1);

  await storeList(placeOf('meeting', 2), ['ou_1', 'ou_2', 'ou_3']);
  expect(await usersOf(lists, key)).toEqual(['ou_1', 'ou_2', 'ou_3']);
  expect(pagesRead()).toBe(2);
  pages.mockRestore();
});

test('Many lists side by side do not mix, and a list that is not there has nobody', async () => {
  const lists = new SessionLists(store);
  const keys = await Promise.all(Array.from({ length: 20 }, (_, i) => storeList(placeOf(`m${i}`), [`ou_${i}`])));
  for (const round of [1, 2]) {
    const seen = await Promise.all(keys.map((key) => usersOf(lists, key)));
    expect(seen, `round ${round}`).toEqual(keys.map((_, i) => [`ou_${i}`]));
  }
  expect(await usersOf(lists, recordKey(placeOf('nobody')))).toEqual([]);
});

test('As many small lists as are under way stay, and of large ones the last', async () => {
  const lists = new SessionLists(store);
  const small = await Promise.all(Array.from({ length: 30 }, (_, i) => storeList(placeOf(`s${i}`), [`ou_${i}`])));
  const large = await storeList(
    placeOf('large'),
    Array.from({ length: 25_000 }, (_, i) => `ou_${i}`),
  );
  for (const key of small) await lists.of(ZONE, key);
  const pages = vi.spyOn(store, 'read');
  const pagesRead = () => pages.mock.calls.filter(([read]) => read.endsWith('.json.gz')).length;
  for (const key of small) await lists.of(ZONE, key);
  expect(pagesRead()).toBe(0);
  for (let i = 0; i < 3; i++) expect((await lists.of(ZONE, large)).size).toBe(25_000);
  expect(pagesRead()).toBe(1);
  await lists.of(ZONE, small[0]!);
  expect(pagesRead()).toBe(2);
  pages.mockRestore();
});
