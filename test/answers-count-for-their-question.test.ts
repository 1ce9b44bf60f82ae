/** What a stored answer is worth for a question that is asked of it later. */
import { describe, expect, test } from 'vitest';
import { isOfUse, mustAsk, standingOf } from '../dataset/answers.ts';
import type { Question } from '../dataset/questions.ts';
import { unitRecord } from './support/unit-record.ts';

const OPENED = 1_790_784_000;
const CLOSED = OPENED + 86_400;
const request = { start_time: String(OPENED), end_time: String(CLOSED), user_id_type: 'open_id' };
const question = (asked: Record<string, string> = {}): Question => ({
  resource: 'meeting_list',
  unit: 'list',
  via: 'list',
  request: { ...request, ...asked },
  closes_at: CLOSED,
});
const record = (more: Partial<Parameters<typeof unitRecord>[0]> = {}) =>
  unitRecord({ resource: 'meeting_list', unit: 'list', rows: 3, request, asked_at: CLOSED + 1, ...more });

describe('an answer', () => {
  test.each([
    ['with rows, to the same question after its window', {}, {}, 'counts'],
    ['with rows, from before its window had closed', { asked_at: CLOSED - 1 }, {}, 'early'],
    [
      'with rows, of a window that ended before',
      { request: { ...request, end_time: String(CLOSED - 60) } },
      {},
      'early',
    ],
    ['with rows, with people by another kind of id', {}, { user_id_type: 'user_id' }, 'another question'],
    ['with rows, of another day', {}, { start_time: String(OPENED - 86_400) }, 'another question'],
    ['with rows, without external meetings', {}, { include_external_meetings: 'true' }, 'another question'],
    ['with rows, from the file', { via: 'export' as const }, {}, 'another question'],
    ['without rows, to the same question', { rows: 0 }, {}, 'counts'],
    ['without rows, of a window that ended before', { rows: 0 }, { end_time: String(CLOSED + 60) }, 'another question'],
    ['that nobody can read', { damaged: true as const }, {}, 'damaged'],
  ])('%s is told apart', (_, more, asked, standing) => {
    const [found, wanted] = [record(more), question(asked)];
    expect(standingOf(found, wanted)).toBe(standing);
    expect(isOfUse(found, wanted)).toBe(standing === 'counts' || standing === 'early');
  });

  test('whose rows were kept beside a later ask counts for what was asked last', () => {
    const asked = { status: 'empty', reason: null, asked_at: CLOSED + 9, generation: 2 } as const;
    const kept = record({ later: { ...asked, request: { ...request, user_id_type: 'user_id' } } });
    expect(standingOf(kept, question())).toBe('another question');
    expect(standingOf(kept, question({ user_id_type: 'user_id' }))).toBe('counts');
  });

  test('to another question is asked for again, whatever its age', () => {
    const freshness = { refresh: 'missing', fetched_since: 0, settle_hours: 6 } as const;
    expect(mustAsk(record(), question(), freshness)).toBe(false);
    expect(mustAsk(record(), question({ user_id_type: 'user_id' }), freshness)).toBe(true);
    expect(standingOf(null, question())).toBe('none');
  });
});
