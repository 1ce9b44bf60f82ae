/** What a stored answer is worth for a question, and whether the question is asked again. */
import type { Refresh } from '../model/units.ts';
import { sameQuestion, sameSubject, type Question } from './questions.ts';
import { lastAnswer, type UnitRecord } from './unit-record.ts';

/** So long after a meeting's end, or a day's, Feishu may still add to what it says of it. */
export const SETTLE_HOURS = 6;
const HOUR_S = 3600;

/** `early`: the window was still open, so there may be more. Only `counts` is an answer to all of the question. */
export type Standing = 'none' | 'damaged' | 'another question' | 'early' | 'counts';

/** Rows of the same thing are of use though the question went further than theirs. */
export function standingOf(record: UnitRecord | null | undefined, question: Question): Standing {
  if (!record) return 'none';
  if (record.damaged === true) return 'damaged';
  const last = lastAsk(record);
  const fits = record.rows > 0 ? sameSubject(last, question) : sameQuestion(last, question);
  if (!fits) return 'another question';
  if (record.damaged) return 'damaged';
  return isClosed(last, question) ? 'counts' : 'early';
}

/** Whether the last ask was answered, with rows or with none that were known before. */
export function isAnswered({ later, status }: UnitRecord): boolean {
  return later === null && (status === 'done' || status === 'empty');
}

/** Whether rows of the answer belong to what the question is about. */
export function isOfUse(record: UnitRecord | null | undefined, question: Question): boolean {
  const standing = standingOf(record, question);
  return standing === 'counts' || standing === 'early';
}

function lastAsk(record: UnitRecord) {
  const { resource, via } = record;
  return { resource, via, request: record.later?.request ?? record.request, asked_at: lastAnswer(record).asked_at };
}

/** Whether it was asked for after the window had closed, and up to its end. */
function isClosed({ asked_at, request }: ReturnType<typeof lastAsk>, { closes_at, after = 0 }: Question): boolean {
  if (closes_at === null) return true;
  const end = request['end_time'];
  return asked_at >= Math.max(closes_at, after) && (end === undefined || Number(end) >= closes_at);
}

/** Whether it was asked so long after the window had closed that nothing more comes. */
export function isSettled(record: UnitRecord, { closes_at, after = 0 }: Question, settleHours: number): boolean {
  return closes_at === null || lastAnswer(record).asked_at >= Math.max(closes_at + settleHours * HOUR_S, after);
}

export interface Freshness {
  refresh: Refresh;
  /** Unix ms: what was fetched since then counts as fetched by this run. 0: nothing does. */
  fetched_since: number;
  settle_hours: number;
}

/**
 * Whether a unit is asked again. An answer to another question is as good as none; one that came before its window had
 * closed is missing the rest. Lists are asked again with `unsettled`, since late rows show only there.
 */
export function mustAsk(record: UnitRecord | null, question: Question, freshness: Freshness): boolean {
  const { refresh, fetched_since, settle_hours } = freshness;
  if (!record) return true;
  const last = lastAsk(record);
  if (!sameQuestion(last, question)) return true;
  const { status, asked_at } = lastAnswer(record);
  if (status === 'failed' || status === 'pending') return true;
  if (fetched_since > 0 && asked_at * 1000 >= fetched_since) return false;
  switch (refresh) {
    case 'all':
      return true;
    case 'missing':
      return !isClosed(last, question);
    case 'unsettled':
      return question.resource !== 'participant_quality_list' || !isSettled(record, question, settle_hours);
  }
}
