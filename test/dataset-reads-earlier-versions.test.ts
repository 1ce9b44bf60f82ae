/** A store as the version before wrote it: half a day, asked for again for what was missing, which it called complete. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readManifest, type Manifest } from '../dataset/manifest.ts';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import { isSealedFor } from '../dataset/restatement.ts';
import { verifyDay } from '../dataset/verify.ts';
import { FileStore } from '../store/file-store.ts';
import { KEEP } from '../tables/privacy.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Ask } from './support/staged-day.ts';
import { ROOT } from './support/tree.ts';

const FIXTURE = join(ROOT, 'test/fixtures/day-of-version-1');
const WHERE = { profile: 'default', day: DAY };
const OURS = { ...WHERE, product: 'test', settle_hours: 6, privacy: KEEP };

const meeting = (no: string, start: number, names: string[]) => ({
  no,
  start,
  end: start + HOUR,
  people: names.map((name) => ({ name, kind: 'user' as const, join: start, leave: start + 1800, shown: start })),
});

let folder: string;
let store: FileStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-old-'));
  await cp(FIXTURE, folder, { recursive: true });
  store = new FileStore(folder);
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

test('its manifest is read, and what it says of being settled is not taken over', async () => {
  const manifest = await readManifest(store, WHERE);
  expect(manifest).toMatchObject({ version: 2, complete: true, sealed: false, settled: false, days: null });
  expect(isSealedFor(manifest!, { tables: ['meetings'], day: ASK })).toBe(false);
});

test('a rebuild brings it up, and then it says what it lacks', async () => {
  await rebuildDay(store, OURS);
  const manifest = await readManifest(store, WHERE);
  expect(manifest!.gaps.map(({ table, kind }) => `${table} ${kind}`)).toStrictEqual(['meetings asked-early']);
  expect(manifest).toMatchObject({ complete: false, settled: false });
  // L1 had been asked, which the old manifest does not say.
  expect(manifest!.tables.meetings).toMatchObject({ schema: 2, rows: 1, run: { include_external_meetings: true } });
  expect(await new StagedDay(store, { meetings: [], bookings: [] }).rows('days')).toHaveLength(4);
  const scratch = new FileStore(join(folder, 'scratch'));
  await scratch.prepare();
  expect(await verifyDay(store, { ...OURS, scratch })).toStrictEqual([]);
});

test('a run for what is missing goes on from its records and heals it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const meetings = [
    meeting('100000001', FROM + 9 * HOUR, ['ann', 'bob']),
    meeting('100000002', FROM + 15 * HOUR, ['ann']),
  ];
  const day = new StagedDay(store, { meetings, bookings: [] });
  const ask: Ask = { ...ASK, include_external_meetings: true };
  const { manifest, calls } = await day.run(ask, { at: TO + 72 * HOUR, refresh: 'missing' });
  // The list of the morning's meeting was asked for soon after it: someone may have come to it since.
  expect(manifest).toMatchObject({ complete: true, settled: false });
  expect(await day.rows('meetings')).toHaveLength(2);
  expect(calls.filter(({ resource }) => resource === 'participant_list')).toHaveLength(1);
});

test('a narrower run makes nothing whole that an earlier version judged, until a rebuild does', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const meetings = [meeting('100000001', FROM + 9 * HOUR, ['ann', 'bob'])];
  const day = new StagedDay(store, { meetings, bookings: [] });
  const { manifest } = await day.run({ ...ASK, include: ['meetings'] }, { at: TO + 72 * HOUR });
  const told = 'tables-differ: written by an earlier version of this product: rebuild the day';
  expect(manifest.gaps.map(({ table, kind, reason }) => `${table} ${kind}: ${reason}`).toSorted()).toStrictEqual(
    ['participants', 'quality_minutes', 'units'].map((table) => `${table} ${told}`),
  );
  await rebuildDay(store, OURS);
  expect((await readManifest(store, WHERE))!.gaps.map(({ reason }) => reason)).not.toContain(told);
});

/** As version 2 wrote it before it noted what each run was told of. */
async function withoutNotes(): Promise<void> {
  const key = `manifests/profile=default/day=${DAY}.json`;
  const known = (await store.readJson(key)) as Manifest;
  const told = Object.entries(known.told).map(([run, { of: _of, ...rest }]) => [run, rest]);
  const tables = Object.entries(known.tables).map(([name, entry]) => [name, { ...entry, gives: 'x', takes: 'y' }]);
  await store.writeJson(key, { ...known, tables: Object.fromEntries(tables), told: Object.fromEntries(told) });
}

test('a day of version 2 as it was at first is read, and is compared with no other run before a rebuild', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const day = new StagedDay(store, { meetings: [meeting('100000001', FROM + 9 * HOUR, ['ann', 'bob'])], bookings: [] });
  const { manifest } = await day.run(ASK, { at: TO + 72 * HOUR });
  expect(manifest.gaps).toStrictEqual([]);
  await withoutNotes();
  expect(await readManifest(store, WHERE)).toMatchObject({ complete: true, settled: true });
  const rooms: Ask = { ...ASK, include: ['reservations'], room_level_id: 'omb_1' };
  const beside = await day.run(rooms, { at: TO + 73 * HOUR });
  expect(beside.manifest.gaps).toStrictEqual([]);
  await withoutNotes();
  const narrow = await day.run({ ...ASK, include: ['meetings'] }, { at: TO + 74 * HOUR });
  expect(narrow.manifest.gaps.map(({ table, kind }) => `${table} ${kind}`)).toStrictEqual([
    'participants tables-differ',
  ]);
  await rebuildDay(store, OURS);
  expect(await readManifest(store, WHERE)).toMatchObject({ gaps: [], complete: true });
});
