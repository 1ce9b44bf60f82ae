/** A schedule with its defaults leaves every day sealed and right, however late meetings end and people are listed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SCHEDULE_DEFAULTS } from '../client/schedules.ts';
import { FileStore } from '../store/file-store.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, HOUR, StagedDay, TO, type RunResult } from './support/staged-day.ts';

let folder: string;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-seal-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

const [hours = 0, minutes = 0] = SCHEDULE_DEFAULTS.at.split(':').map(Number);
/** When a daily run looks at a day that ended at `TO`. */
const DAILY = Array.from(
  { length: SCHEDULE_DEFAULTS.lookBackDays },
  (_, days) => TO + (24 * days + hours) * HOUR + minutes * 60,
);

/** One meeting that starts in the last second of the day and lasts as long as Feishu answers about, one in the morning. */
function tenantOf(lastsHours: number, lateHours: number): SmallTenant {
  const people = (start: number, end: number) =>
    ['ann', 'bob'].map((name, index) => ({
      name,
      kind: 'user' as const,
      join: start + index,
      leave: start + 1200,
      shown: end + index * lateHours * HOUR,
    }));
  const night = { no: '100000001', start: TO - 1, end: TO - 1 + lastsHours * HOUR };
  const morning = { no: '100000002', start: TO - 15 * HOUR, end: TO - 14 * HOUR };
  return {
    meetings: [night, morning].map((each) => ({ ...each, people: people(each.start, each.end) })),
    bookings: [],
  };
}

async function look(day: StagedDay, at: number): Promise<RunResult> {
  return await day.run(ASK, { at, refresh: 'unsettled', ongoing: true });
}

test.each([
  [1, 0],
  [7, 0],
  [7, 5],
  [13, 5],
  [24, 0],
  [24, 5],
])('daily, where the last meeting ends after %d h and people are listed up to %d h later', async (lasts, late) => {
  const tenant = tenantOf(lasts, late);
  const store = new FileStore(folder);
  await store.prepare();
  const day = new StagedDay(store, tenant);
  const seen: string[] = [];
  for (const at of DAILY) {
    const { manifest, calls, sealed } = await look(day, at);
    const isAll = (await day.rows('participants')).length === 4 && (await day.rows('meetings')).length === 2;
    const isSaid = manifest.complete && manifest.settled;
    expect(isAll || !isSaid).toBe(true);
    seen.push(sealed && calls.length === 0 ? 'left alone' : manifest.sealed ? 'sealed' : 'open');
  }
  expect(seen.at(-1)).toBe('left alone');
  expect(seen.slice(0, 1)).toStrictEqual(['open']);
});

test('monthly, the last day of the month too', async () => {
  const tenant = tenantOf(24, 5);
  const store = new FileStore(folder);
  await store.prepare();
  const day = new StagedDay(store, tenant);
  // The day of the month after: `TO` is the first second of the first.
  const looks = [0, 1].map((after) => TO + (24 * (SCHEDULE_DEFAULTS.dayOfMonth - 1 + after) + hours) * HOUR);
  const [first, second] = [await look(day, looks[0]!), await look(day, looks[1]!)];
  expect([first.manifest.sealed, second.manifest.sealed]).toStrictEqual([false, true]);
  expect(await day.rows('participants')).toHaveLength(4);
});
