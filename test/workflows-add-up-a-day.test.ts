/** What a day knows of its units, without a server. */
import { describe, expect, test } from 'vitest';
import { DayState } from '../workflows/day/state.ts';

const WINDOW = { time_zone: 'UTC', from: 0, to: 86_400, ask_until: 172_800, asked_at: 0, reservation_windows: [] };

function day(withQuality: boolean): DayState {
  const state = new DayState('2025-04-01');
  state.begin({ window: WINDOW, generation: 1, withQuality });
  return state;
}

describe('the units of a day', () => {
  test('are the participant lists where no quality is asked for', () => {
    const state = day(false);
    state.meetingsFound(2);
    state.unitEnded('meeting_list', 'done', 3);
    state.unitEnded('participant_list', 'done', 1);
    state.unitEnded('participant_list', null, 1);
    expect(state.seen).toMatchObject({ units: { total: 2, done: 1 }, calls: 5 });
  });

  test('are the sessions where quality is asked for: as many as the lists promise, then as many as there were', () => {
    const state = day(true);
    state.meetingsFound(2);
    state.unitEnded('participant_list', 'done', 1);
    expect(state.seen.units).toStrictEqual({ total: 0 });
    state.expect(5);
    state.expect(3);
    expect(state.seen.units).toStrictEqual({ total: 8 });
    state.sessionsEnded(5, { units: { done: 3, failed: 1 }, calls: 4 });
    expect(state.seen).toMatchObject({ units: { total: 7, done: 3, failed: 1 }, calls: 5 });
    state.sessionsFailed(3);
    expect(state.seen.units).toStrictEqual({ total: 5, done: 3, failed: 2 });
  });

  test('go on where the run before stopped', () => {
    const before = day(true);
    before.meetingsFound(9);
    before.expect(4);
    before.count({ done: 4 }, 6);
    before.meetingEnded();
    const state = new DayState('2025-04-01');
    expect(state.seen).toMatchObject({ doing: 'starting', units: { total: 0 } });
    state.resume(before.sums);
    state.says('asking');
    expect(state.report('x')).toStrictEqual({
      day: '2025-04-01',
      doing: 'asking (1 of 9 meetings)',
      units: { total: 4, done: 4 },
      calls: 6,
      waiting_for: 'x',
    });
  });

  test('are written down once the day is committed', () => {
    const state = day(false);
    state.committed({ meetings: 7 });
    expect(state.seen).toMatchObject({ rows: { meetings: 7 }, days: { total: 1, done: 1, running: 0 } });
    expect(state.report(null).doing).toBe('done');
  });
});
