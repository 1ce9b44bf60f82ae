/** From single refusals to the end of a run: only where nothing else is heard of a kind. */
import { describe, expect, test } from 'vitest';
import { addRefused, noneRefused, noteRefusal, whyHopeless } from '../workflows/common/refusals.ts';
import { DayState } from '../workflows/day/state.ts';

const reason = (n: number) => `GET /x: HTTP 403, Feishu code 121005 "no permission", log id 20250401-${n}`;

describe('refusals', () => {
  test('of the first twenty, whatever tells one call from another, are said once with how many and why', () => {
    const refused = noneRefused();
    for (let n = 1; n < 20; n++) noteRefusal(refused, reason(n));
    expect(whyHopeless(refused, 'lists')).toBeNull();
    noteRefusal(refused, reason(20));
    expect(whyHopeless(refused, 'lists')).toBe(`the first 20 lists were all refused: ${reason(1)}`);
  });

  test('are single ones where one of the first was answered', () => {
    const refused = noneRefused();
    noteRefusal(refused, reason(1));
    noteRefusal(refused, null);
    for (let n = 0; n < 40; n++) noteRefusal(refused, reason(n));
    expect(whyHopeless(refused, 'lists')).toBeNull();
  });

  test('are single ones where they say different things', () => {
    const refused = noneRefused();
    for (let n = 0; n < 40; n++) noteRefusal(refused, n % 2 === 0 ? reason(n) : 'Feishu code 99991672');
    expect(whyHopeless(refused, 'lists')).toBeNull();
  });

  test('of several meetings add up, and nothing said of a meeting says nothing', () => {
    const all = noneRefused();
    const ofOne = noneRefused();
    for (let n = 0; n < 7; n++) noteRefusal(ofOne, reason(n));
    for (let n = 0; n < 3; n++) {
      addRefused(all, ofOne);
      addRefused(all, noneRefused());
    }
    expect(whyHopeless(all, 'sessions')).toMatch(/^the first 21 sessions/);
  });

  test('end a day by kind: lists that are answered say nothing of sessions', () => {
    const state = new DayState('2025-04-01');
    const window = { time_zone: 'UTC', from: 0, to: 86_400, ask_until: 0, asked_at: 0, reservation_windows: [] };
    state.begin({ window, generation: 1, withQuality: true });
    state.heard('participant_list', { count: 0, reason: null, varied: true });
    state.heard('participant_quality_list', { count: 19, reason: reason(1), varied: false });
    const more = { count: 1, reason: reason(2), varied: false };
    expect(() => state.heard('participant_quality_list', more)).toThrow(/the first 20 participant-sessions/);
    expect(() => state.heard('participant_list', { ...more, count: 99 })).not.toThrow();
  });
});
