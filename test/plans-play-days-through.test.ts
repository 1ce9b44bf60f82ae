/** When a backfill ends, from its days, the limit and the tasks: the arithmetic alone. */
import { describe, expect, test } from 'vitest';
import { checkInput, type BackfillInput } from '../workflows/input.ts';
import { callsOfDay } from '../workflows/dry-run/calls.ts';
import { expectedSeconds, type TimedDay } from '../workflows/dry-run/time.ts';

const LIMIT = { calls: 20, window_ms: 10_000 };
const SLOW = { polls: 3, seconds: 22, longest_s: 40 };
/** Before the first call about a meeting and after the last one, where tasks are done at the first look. */
const APART_S = 4.3;

function input(fields: object = {}): BackfillInput {
  const checked = checkInput('backfill', { from: '2026-01-01', to: '2026-01-02', ...fields });
  if (!checked.ok) throw new Error(checked.message);
  return checked.input;
}

const days = (count: number, calls: Record<string, number>, meetings = 1): TimedDay[] =>
  Array.from({ length: count }, () => ({ calls, meetings }));

describe('the expected time', () => {
  test.each([
    ['calls within the limit leave at once', 20, 0],
    ['one more waits for the window to pass', 21, 10],
    ['many take the mean rate', 200, 99.5],
  ])('of a day: %s', (_, calls, seconds) => {
    expect(expectedSeconds(input(), days(1, { L3: calls }), { limit: LIMIT, tasks: {} })).toBeCloseTo(
      APART_S + seconds,
    );
  });

  test.each([1, 2, 7])('of large days is that of their calls, %i at once', (concurrency) => {
    const seconds = expectedSeconds(input({ concurrency }), days(7, { L3: 1000 }), { limit: LIMIT, tasks: {} });
    expect(seconds).toBeGreaterThan(3500 * 0.98);
    expect(seconds).toBeLessThan(3500 * 1.02);
  });

  test.each([
    [1, 10],
    [3, 4],
  ])('of small days is what they wait for, %i at once', (concurrency, rounds) => {
    const found = expectedSeconds(input({ concurrency }), days(10, { E1: 1 }), { limit: LIMIT, tasks: {} });
    expect(found).toBeCloseTo(rounds * APART_S);
  });

  test('knows how long tasks take where some were seen, and waits for the slowest of those side by side', () => {
    const tasks = { meeting_list: SLOW, participant_list: SLOW };
    const byFiles = input({ listing: 'export', include: ['participants'] });
    expect(expectedSeconds(input(), days(1, { E1: 1 }), { limit: LIMIT, tasks })).toBeCloseTo(24);
    expect(expectedSeconds(byFiles, days(1, { E2: 12 }, 12), { limit: LIMIT, tasks })).toBeCloseTo(64);
    expect(expectedSeconds(byFiles, days(1, { E2: 12 }, 40), { limit: LIMIT, tasks })).toBeCloseTo(86);
  });
});

describe('the calls of a day', () => {
  const count = { meetings: 150, askable: 150, devices: 0, participant_pages: 0, quality_pages: 0 };
  const day = { count, meetings_after: 70, reservation_windows: 3 };
  const shares = { participant_pages: 1, quality_pages: 1, sessions: 1, askable: 1 };
  const callsOf = (fields: object) => callsOfDay(input(fields), day, { shares, tasks: {}, room_pages: 1 });
  const rooms = { include: ['meetings', 'reservations'], room_level_id: 'omb_1' };

  test('are those of the files alone where no list is asked for beside them', () => {
    expect(Object.keys(callsOf(rooms)).toSorted()).toStrictEqual(['E1', 'E4', 'E5', 'E6', 'R2']);
  });

  test('count the lists that are asked for beside the files', () => {
    expect(callsOf({ ...rooms, enrich: ['meetings', 'reservations'] })).toMatchObject({ L1: 3, L4: 6 });
    expect(callsOf({ ...rooms, enrich: ['reservations'] })).not.toHaveProperty('L1');
  });

  test.each(['include_external_meetings', 'include_webinar'])('count the list that %s needs', (flag) => {
    expect(input({ [flag]: true, enrich: ['reservations'] }).enrich).toStrictEqual(['meetings', 'reservations']);
    expect(callsOf({ ...rooms, [flag]: true })).toMatchObject({ L1: 3 });
  });
});

describe('the lists beside the files', () => {
  test('are none by default, each once, and named where one is unknown', () => {
    expect(input().enrich).toStrictEqual([]);
    expect(input({ enrich: ['reservations', 'meetings', 'meetings'] }).enrich).toStrictEqual([
      'meetings',
      'reservations',
    ]);
    const checked = checkInput('exportDay', { day: '2026-01-01', enrich: ['rooms'] });
    expect(checked).toMatchObject({ ok: false, message: expect.stringContaining('enrich') });
  });
});
