/**
 * A rebuild of a store that nobody has touched gives what was committed, and a check finds nothing: for any tenant, asked
 * for in any way by any runs, narrower and later ones among them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import type { Manifest } from '../dataset/manifest.ts';
import { verifyDay } from '../dataset/verify.ts';
import { FileStore } from '../store/file-store.ts';
import { KEEP } from '../tables/privacy.ts';
import { anyAsks, anyTenant, DayModel } from './support/day-model.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Call, type Outcome } from './support/staged-day.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 10);
const SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31);
const WHERE = { profile: 'default', day: DAY, product: 'test', settle_hours: 6, privacy: KEEP };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-rebuild-'));
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

async function storeAt(name: string): Promise<FileStore> {
  const store = new FileStore(join(folder, name));
  await store.prepare();
  return store;
}

/** Without what tells when it was written. */
function saidBy({ committed_at: _at, days: _days, ...said }: Manifest) {
  return said;
}

async function rebuilt(store: FileStore): Promise<Manifest> {
  return (await rebuildDay(store, WHERE))!.manifest;
}

async function problems(store: FileStore): Promise<string[]> {
  const found = await verifyDay(store, { ...WHERE, scratch: await storeAt('scratch') });
  return (found ?? []).map(({ key, problem }) => `${key}: ${problem}`);
}

test('whatever was committed', async () => {
  console.log(`MODEL_SEED=${SEED} MODEL_RUNS=${RUNS}`);
  let stores = 0;
  let commits = 0;
  const property = fc.asyncProperty(anyTenant, anyAsks, async (tenant, asks) => {
    const store = await storeAt(`store-${++stores}`);
    const day = new StagedDay(store, tenant);
    const model = new DayModel(tenant);
    for (const asked of asks) {
      const result = await model.run(day, asked);
      if (!result) continue;
      commits++;
      expect(await problems(store)).toStrictEqual([]);
      expect(saidBy(await rebuilt(store))).toStrictEqual(saidBy(result.manifest));
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
  console.log(`${commits} commits`);
}, 600_000);

const SETTLED = TO + 31 * HOUR;
const LATER = TO + 60 * HOUR;
const START = FROM + 9 * HOUR;
const tenant = (): SmallTenant => ({
  meetings: [
    {
      no: '100000001',
      start: START,
      end: START + HOUR,
      people: ['ann', 'bob'].map((name) => ({
        name,
        kind: 'user' as const,
        join: START,
        leave: START + 1800,
        shown: START,
      })),
    },
  ],
  bookings: [{ room: 'blue', by: 'ann', start: START, end: START + HOUR }],
});

test('a later run that heals the meetings heals what was made of them, and stays so', async () => {
  const store = await storeAt('store');
  const day = new StagedDay(store, tenant());
  await day.run(ASK, { at: TO + HOUR });
  const { manifest } = await day.run({ ...ASK, include: ['meetings'] }, { at: SETTLED });
  expect(manifest).toMatchObject({ gaps: [], complete: true });
  expect(await problems(store)).toStrictEqual([]);
  expect(await rebuilt(store)).toMatchObject({ gaps: [], complete: true });
});

const noMinutes = ({ resource }: Call): Outcome => (resource === 'participant_quality_list' ? 'no-data' : 'ok');

test('counts are those of the same runs, whatever run came last', async () => {
  const store = await storeAt('store');
  const day = new StagedDay(store, tenant());
  await day.run(
    { ...ASK, include: [...ASK.include, 'reservations'], room_level_id: 'omb_1' },
    { at: SETTLED, outcome: noMinutes },
  );
  await day.run({ ...ASK, include: ['reservations'], room_level_id: 'omb_1' }, { at: LATER });
  const { manifest } = await day.run({ ...ASK, include: ['meetings', 'participants'] }, { at: LATER + HOUR });
  expect(manifest).toMatchObject({ units: { empty: 2 }, codes: { '126009': 2 } });
  expect(saidBy(await rebuilt(store))).toStrictEqual(saidBy(manifest));
});

test('creates whose answer was lost stay counted', async () => {
  const store = await storeAt('store');
  const day = new StagedDay(store, tenant());
  const { manifest } = await day.run({ ...ASK, include: ['meetings'] }, { at: SETTLED, unknownCreates: 2 });
  expect(manifest.unknown_creates).toBe(2);
  expect(await problems(store)).toStrictEqual([]);
  expect((await rebuilt(store)).unknown_creates).toBe(2);
});

test('a commit that was cut off before its manifest counts what it changed when it is tried again', async () => {
  const store = await storeAt('store');
  const day = new StagedDay(store, tenant());
  await day.run(ASK, { at: SETTLED });
  const key = `manifests/profile=default/day=${DAY}.json`;
  const old = await store.read(key);
  const raw: [string, Buffer][] = [];
  for await (const each of store.list('raw/')) raw.push([each, await store.read(each)]);
  day.tenant.meetings[0]!.people.push({ ...day.tenant.meetings[0]!.people[0]!, name: 'cid' });
  const whole = await day.run(ASK, { at: LATER });
  // As it is after the last table and before the manifest: the old manifest, and what it was made of.
  await store.put(key, old);
  for (const [each, bytes] of raw) if (!(await store.exists(each))) await store.put(each, bytes);
  const again = await day.run(ASK, { at: LATER });
  expect(again.manifest.restatements.map(({ table, added }) => [table, added])).toStrictEqual(
    whole.manifest.restatements.map(({ table, added }) => [table, added]),
  );
  expect(again.manifest.restatements).not.toStrictEqual([]);
});
