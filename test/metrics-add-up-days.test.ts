/** What a worker says of its days to whoever scrapes it: what their manifests say, and no more. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GAP_KINDS, readManifest, type Manifest } from '../dataset/manifest.ts';
import { manifestKey } from '../dataset/storage-keys.ts';
import { addDays, dayWindow } from '../model/calendar.ts';
import { UNIT_STATUSES } from '../model/units.ts';
import { FileStore } from '../store/file-store.ts';
import { StoreError } from '../store/errors.ts';
import { TABLES } from '../tables/columns.ts';
import { DayGauges, DAYS_AT_MOST } from '../worker/metrics/day-gauges.ts';
import { awkwardRows, commitRows } from './support/committed-rows.ts';
import { recordedMetrics, type RecordedMetrics } from './support/recorded-metrics.ts';

const ZONE = 'Asia/Shanghai';
const TODAY = '2026-10-20';
const profile = 'default';
const NOW_MS = 1000 * (dayWindow(TODAY, ZONE).fromUnix + 3600);
const endOf = (day: string): number => dayWindow(day, ZONE).toUnix;

let folder: string;
let store: FileStore;
let seen: RecordedMetrics;
let gauges: DayGauges;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-gauges-'));
  store = new FileStore(join(folder, 'data'));
  await store.claim({ apiHost: 'http://sandbox.invalid', profile, timeZone: ZONE, dayScope: 'q' });
  seen = recordedMetrics();
  const profiles = [{ name: profile, timeZone: ZONE }];
  gauges = new DayGauges({ store, profiles, metrics: seen.metrics, nowMs: () => NOW_MS });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A day with so many rows, and what its manifest is to say. */
async function commit(day: string, says: Partial<Manifest> = {}, count = 4): Promise<Manifest> {
  await commitRows(store, { day, profile, rows: { meetings: awkwardRows('meetings', { count }) } });
  const manifest = (await readManifest(store, { profile, day }))!;
  await store.writeJson(manifestKey({ profile, day }), { ...manifest, time_zone: ZONE, ...says });
  return (await readManifest(store, { profile, day }))!;
}

const gap = (kind: Manifest['gaps'][number]['kind'], count: number): Manifest['gaps'][number] => ({
  table: 'meetings',
  kind,
  reason: 'as a test wants it',
  count,
});
const value = (name: string, labels: Record<string, string> = {}) => seen.value(name, { profile, ...labels });

test('a store without days has none, and no newest one', async () => {
  await gauges.look();
  expect(value('feishu_vc_days', { complete: 'true', sealed: 'true' })).toBe(0);
  expect(value('feishu_vc_newest_complete_day_timestamp_seconds')).toBeNaN();
});

test('rows, units and gaps of the last days are added up, and the newest complete and sealed days are named by their end', async () => {
  await commit('2026-10-14', { complete: true, sealed: true, gaps: [], units: { done: 3 } });
  await commit('2026-10-15', { complete: true, sealed: false, gaps: [], units: { done: 2, empty: 1 } });
  const gaps = [gap('failed', 2), gap('failed', 1), gap('over-24-hours', 1)];
  await commit('2026-10-16', { complete: false, sealed: false, gaps, units: { done: 1, failed: 3 } });
  await gauges.look();
  expect(value('feishu_vc_days', { complete: 'true', sealed: 'true' })).toBe(1);
  expect(value('feishu_vc_days', { complete: 'true', sealed: 'false' })).toBe(1);
  expect(value('feishu_vc_days', { complete: 'false', sealed: 'false' })).toBe(1);
  expect(value('feishu_vc_rows', { table: 'meetings' })).toBe(12);
  expect(value('feishu_vc_rows', { table: 'units' })).toBe(0);
  expect(UNIT_STATUSES.map((status) => value('feishu_vc_units', { status }))).toEqual([6, 1, 0, 0, 3]);
  expect(value('feishu_vc_gaps', { kind: 'failed' })).toBe(3);
  expect(value('feishu_vc_gaps', { kind: 'pending' })).toBe(0);
  expect(value('feishu_vc_oldest_gap_timestamp_seconds', { kind: 'failed' })).toBe(endOf('2026-10-15'));
  expect(value('feishu_vc_oldest_gap_timestamp_seconds', { kind: 'pending' })).toBeNaN();
  expect(value('feishu_vc_newest_complete_day_timestamp_seconds')).toBe(endOf('2026-10-15'));
  expect(value('feishu_vc_newest_sealed_day_timestamp_seconds')).toBe(endOf('2026-10-14'));
});

test('days of which none is complete are a rule to fire, not a figure that lacks', async () => {
  await commit('2026-10-16', { complete: false, gaps: [gap('failed', 1)] });
  await gauges.look();
  expect(value('feishu_vc_newest_complete_day_timestamp_seconds')).toBe(0);
});

test('what lies further back than Feishu is known to look is left out', async () => {
  await commit(addDays(TODAY, -DAYS_AT_MOST - 1), { complete: false, gaps: [gap('failed', 5)] });
  await commit(addDays(TODAY, -DAYS_AT_MOST), { complete: false, gaps: [gap('failed', 1)] });
  await gauges.look();
  expect(value('feishu_vc_gaps', { kind: 'failed' })).toBe(1);
});

test('a commit counts at once, a later look takes what stands in the store by then', async () => {
  await gauges.look();
  const manifest = await commit('2026-10-15', { complete: true, gaps: [] });
  gauges.committed(manifest);
  expect(value('feishu_vc_newest_complete_day_timestamp_seconds')).toBe(endOf('2026-10-15'));
  await commit('2026-10-15', { complete: false, gaps: [gap('vanished', 1)] });
  await gauges.look();
  expect(value('feishu_vc_newest_complete_day_timestamp_seconds')).toBe(0);
});

test('a manifest that has not changed is not read again', async () => {
  await commit('2026-10-14');
  await gauges.look();
  const read: string[] = [];
  const reading = store.read.bind(store);
  store.read = (key) => (read.push(key), reading(key));
  await gauges.look();
  expect(read).toEqual([]);
  await commit('2026-10-15');
  read.length = 0;
  await gauges.look();
  expect(read).toEqual([manifestKey({ profile, day: '2026-10-15' })]);
});

test('a manifest that cannot be read is a day that is not complete, and keeps none of the others from being counted', async () => {
  await commit('2026-10-14', { complete: true, gaps: [] });
  await writeFile(join(folder, 'data', manifestKey({ profile, day: '2026-10-15' })), '{"version": 2}');
  await gauges.look();
  expect(value('feishu_vc_days', { complete: 'false', sealed: 'false' })).toBe(1);
  expect(value('feishu_vc_newest_complete_day_timestamp_seconds')).toBe(endOf('2026-10-14'));
});

test('a store that is gone is an error, and what was told stays', async () => {
  await commit('2026-10-14', { complete: true, gaps: [] });
  await gauges.look();
  await rename(join(folder, 'data'), join(folder, 'away'));
  await expect(gauges.look()).rejects.toThrow(StoreError);
  expect(value('feishu_vc_newest_complete_day_timestamp_seconds')).toBe(endOf('2026-10-14'));
});

test('the labels are those that there are, however many days', async () => {
  for (let n = 1; n <= 8; n++) await commit(addDays(TODAY, -n), { gaps: [gap('failed', n)] }, 1);
  await gauges.look();
  expect(seen.labels('feishu_vc_gaps')).toHaveLength(GAP_KINDS.length);
  expect(seen.labels('feishu_vc_rows')).toHaveLength(Object.keys(TABLES).length);
  expect(seen.labels('feishu_vc_days')).toHaveLength(4);
});
