/** What a backfill knows of its days, without a server. */
import { describe, expect, test } from 'vitest';
import type { ExportDayResult } from '../client/index.ts';
import { BackfillState, type BackfillSums } from '../workflows/backfill/state.ts';
import { addDays } from '../model/calendar.ts';
import { addGap, topGaps } from '../model/gaps.ts';
import { checkInput } from '../workflows/input.ts';

const RANGE = { from: '2025-04-01', to: '2025-04-04', order: 'newest-first', refresh: 'all' } as const;

function resolved(range: { order: 'newest-first' | 'oldest-first' } = RANGE): BackfillState {
  const state = new BackfillState(null, 2);
  state.resolve({ ...RANGE, ...range });
  return state;
}

function daysLeft(state: BackfillState): (string | null)[] {
  const days: (string | null)[] = [];
  while (state.hasNext) days.push(state.next()?.day ?? null);
  return days;
}

function result(fields: Partial<ExportDayResult> = {}): ExportDayResult {
  const none = { tables: { meetings: 2 }, units: { done: 3 }, gaps: [], restatements: [] };
  return { manifest: { uri: 'file:///m', sha256: '0' }, complete: true, ...none, calls: 5, ...fields };
}

describe('the days of a backfill', () => {
  test.each([
    ['newest-first', ['2025-04-04', '2025-04-03', '2025-04-02', '2025-04-01']],
    ['oldest-first', ['2025-04-01', '2025-04-02', '2025-04-03', '2025-04-04']],
  ] as const)('come %s', (order, days) => {
    expect(daysLeft(resolved({ order }))).toStrictEqual(days);
  });

  test('are none before the range is known', () => {
    const state = new BackfillState(null, 2);
    expect(state.hasNext).toBe(false);
    expect(state.seen).toMatchObject({ doing: 'starting', days: { total: 0 } });
  });

  test('leave out those to skip, also those named before the range was known, and tell of those outside of it', () => {
    const state = new BackfillState(null, 2);
    expect(state.whyNotSkip('2025-04-03')).toBeNull();
    state.skip('2025-04-03');
    expect(state.whyNotSkip('2024-01-01')).toBeNull();
    state.skip('2024-01-01');
    const told = ['not skipped: 2024-01-01, which is no day of 2025-04-01 to 2025-04-04'];
    expect(state.resolve(RANGE)).toStrictEqual(told);
    expect(state.notes).toStrictEqual(told);
    expect(daysLeft(state)).toStrictEqual(['2025-04-04', null, '2025-04-02', '2025-04-01']);
    expect(state.seen.days).toMatchObject({ skipped: 1 });
  });

  test('that are put back are the first of the next run, in their order, with what was fetched meanwhile', () => {
    const state = resolved();
    const [first, second] = [state.next()!, state.next()!];
    state.putBack({ ...first, fetched_since: 17 });
    state.putBack(second);
    expect(state.seen.days).toMatchObject({ running: 0 });
    expect(state.whyNotSkip(second.day)).toBeNull();
    const carried = JSON.parse(JSON.stringify(state.carried)) as BackfillSums;
    const next = new BackfillState(carried, 7);
    expect(next.concurrency).toBe(2);
    expect(next.next()).toStrictEqual({ day: '2025-04-04', refresh: 'all', fetched_since: 17 });
    expect(daysLeft(next)).toStrictEqual(['2025-04-03', '2025-04-02', '2025-04-01']);
  });

  test('that failed or have gaps are taken out of the sums when they run again, for what is missing', () => {
    const state = resolved();
    const [whole, gappy, failed] = [state.next()!.day, state.next()!.day, state.next()!.day];
    state.completed(whole, result());
    const gaps = [{ reason: 'units: 121003 refused', count: 2 }];
    state.completed(gappy, result({ complete: false, units: { done: 1, failed: 2 }, gaps }));
    state.failed(failed, { type: 'PermissionDenied', reason: 'no right' });
    expect(state.result).toMatchObject({ complete: false, days: { complete: 1, incomplete: 1, failed: 1 }, calls: 10 });
    expect(state.whyNotRetry(['no such reason'])).toMatch(/^nothing to run again: the reasons so far: units: 121003/);
    expect(state.whyNotRetry('x')).toContain('retryFailed takes');
    expect(state.retry(['121003'])).toBe(`1 days will be asked again for what is missing: ${gappy}`);
    expect(state.result).toMatchObject({
      days: { complete: 1, incomplete: 0, failed: 1 },
      units: { done: 3, failed: 0 },
    });
    expect(state.result.gaps).toStrictEqual([{ reason: `${failed}: PermissionDenied: no right`, count: 1 }]);
    expect(state.next()).toStrictEqual({ day: gappy, refresh: 'missing', fetched_since: 0 });
  });

  test.each([
    [
      'the same reasons',
      (_day: number, gap: number) => `participants: meetings of over 24 h (12600${gap}), ${'x'.repeat(300)}`,
    ],
    ['each its own reasons', (day: number, gap: number) => `day ${day}, gap ${gap}: ${'会'.repeat(300)}`],
  ])('fit into what is carried where some thousand of them have gaps, with %s', (_what, reasonOf) => {
    const state = new BackfillState(null, 2);
    state.resolve({ from: '2015-01-01', to: '2025-01-07', order: 'oldest-first', refresh: 'all' });
    expect(state.total).toBe(3660);
    const tables = {
      meetings: 1234,
      participants: 12_345,
      quality_minutes: 1_234_567,
      units: 12_345,
      reservations: 1234,
    };
    const units = { done: 1234, empty: 123, pending: 12, skipped: 123, failed: 1234 };
    for (let day = 0; day < state.total; day++) {
      const gaps = Array.from({ length: 20 }, (_, gap) => ({ reason: reasonOf(day, gap), count: 20 - gap }));
      state.completed(state.next()!.day, result({ complete: false, tables, units, gaps }));
    }
    expect(Buffer.byteLength(JSON.stringify(state.carried))).toBeLessThan(1_000_000);
    expect(Buffer.byteLength(JSON.stringify(state.toldTroubled))).toBeLessThan(1_000_000);
    expect(Math.max(...state.troubled.map(({ reasons }) => reasons.length))).toBe(5);
    const told = state.result.gaps.reduce((sum, { count }) => sum + count, 0);
    expect(told).toBe(3660 * 210);
    expect(state.troubled.at(-1)?.reasons).toContain('other reasons');
    state.retry(undefined);
    expect(state.result).toMatchObject({ gaps: [], units: { failed: 0 } });
  });

  test.each([1000, 3660])('%i failed or to be skipped, each for a reason of its own, are a small message', (days) => {
    const state = new BackfillState(null, 2);
    for (let index = 0; index < 5000; index++) {
      const day = addDays('1995-01-01', index);
      if (state.whyNotSkip(day) === null) state.skip(day);
    }
    expect(state.whyNotSkip('2025-01-01')).toBe('skipDay takes at most 3660 days');
    state.resolve({ from: '2015-01-01', to: addDays('2015-01-01', days - 1), order: 'oldest-first', refresh: 'all' });
    expect(state.notes).toHaveLength(21);
    expect(state.notes.at(-1)).toBe('nor 3640 days more');
    for (const failed of daysLeft(state))
      state.failed(failed!, { type: 'CallFailed', reason: `${failed} ${'会'.repeat(5000)}` });
    expect(Buffer.byteLength(JSON.stringify(state.carried))).toBeLessThan(1_000_000);
    expect(Buffer.byteLength(JSON.stringify(state.toldTroubled))).toBeLessThan(1_000_000);
    expect(state.troubled).toHaveLength(days);
    state.retry(undefined);
    expect(Buffer.byteLength(JSON.stringify(state.carried))).toBeLessThan(1_000_000);
    expect(daysLeft(state)).toHaveLength(days);
  });

  test('are ten years at most', () => {
    const to = '2025-01-07';
    expect(checkInput('backfill', { from: '2015-01-01', to })).toMatchObject({ ok: true });
    expect(checkInput('backfill', { from: '2014-12-31', to })).toMatchObject({
      problems: [{ field: 'to', message: expect.stringContaining('at most 3660 days') }],
    });
    expect(checkInput('backfill', { days_back: { from: 3660, to: 0 } })).toMatchObject({
      problems: [{ field: 'days_back.from', message: 'takes a number of days, 0 to 3659' }],
    });
  });

  test('wait as a whole only where each running one waits', () => {
    const state = resolved();
    const [one, other] = [state.next()!.day, state.next()!.day];
    state.waits(one, 'workflow x');
    expect(state.seen.waitingFor).toBeNull();
    state.waits(other, 'workflow y');
    expect(state.seen.waitingFor).toBe('workflow x');
    state.reported({ day: one, doing: 'listing', units: { total: 4, done: 1 }, calls: 2, waiting_for: null });
    expect(state.seen).toMatchObject({ waitingFor: null, calls: 2, units: { total: 4, done: 1 } });
    state.reported({ day: '2020-01-01', doing: 'x', units: { total: 9 }, calls: 9, waiting_for: null });
    expect(state.seen.calls).toBe(2);
  });

  test.each([0, 8, 1.5, 'two', undefined])('take no concurrency of %j, and say why', (value) => {
    expect(resolved().whyNotConcurrency(value)).toBe('setConcurrency takes a whole number of days at a time, 1 to 7');
  });

  test('take a concurrency of seven', () => {
    expect(resolved().whyNotConcurrency(7)).toBeNull();
  });

  test.each([
    ['2024-01-01', 'skipDay takes a day of this backfill, 2025-04-01 to 2025-04-04'],
    ['tomorrow', 'skipDay takes a day of this backfill, 2025-04-01 to 2025-04-04'],
    ['2025-04-04', '2025-04-04 has ended already'],
    ['2025-04-03', '2025-04-03 is being exported; cancel its workflow to stop it'],
    ['2025-04-02', null],
  ])('are skipped or not: %s', (day, answer) => {
    const state = resolved();
    state.completed(state.next()!.day, result());
    state.next();
    expect(state.whyNotSkip(day)).toBe(answer);
  });
});

describe('gaps that are added up', () => {
  test('are some, whatever their reasons, and none is lost', () => {
    const gaps: { reason: string; count: number }[] = [];
    for (let index = 0; index < 10_000; index++)
      addGap(gaps, { reason: `task ${index}: ${'x'.repeat(1000)}`, count: 1 });
    expect(gaps.length).toBe(151);
    expect(JSON.stringify(gaps).length).toBeLessThan(50_000);
    const top = topGaps(gaps);
    expect(top[0]).toStrictEqual({ reason: 'other reasons', count: 9850 });
    expect(top.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  });
});
