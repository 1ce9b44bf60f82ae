/**
 * When the list of a day's meetings is closed: the one rule.
 *
 * A meeting that is under way is in no list of ended ones. So whoever has a list of ended meetings is asked for those
 * under way first: where none of them began in the day, the list that is asked for after it has all. One that did keeps
 * the list open until it is said to be over, however long that takes. Where the ask failed, a list counts a week after the
 * day's end, when it is asked no more. Where Feishu does not say who is under way, it counts a day after the day's end, or, where
 * somebody was seen before, a week: a meeting that can be asked about lasts a day at most, and the day says that a longer one
 * may lack.
 */
import { DAY_S, type DayWindow } from '../model/calendar.ts';
import { unixAt } from '../tables/rows.ts';
import type { Row } from '../tables/columns.ts';
import { meetingsQuestion, sameSubject, type DayAsk, type DayTimes, type MeetingListUnit } from './questions.ts';
import type { Question } from './questions.ts';
import { lastAnswer, saysNothing, type UnitRecord } from './unit-record.ts';
import type { StageReader } from './stage.ts';

/** So long after a day's end meetings of it are looked for that are still under way; longer where there was one. */
const LOOKED_FOR_S = 7 * DAY_S;

/** The list of ended meetings, and the one of those under way that is of the same source. */
const BESIDE = { export: 'ongoing', list: 'ongoing-list' } as const satisfies Partial<
  Record<MeetingListUnit, MeetingListUnit>
>;

const ENDED = { ongoing: 'export', 'ongoing-list': 'list' } as const;

export interface MeetingLooks {
  day: DayAsk & DayTimes;
  reader: StageReader;
  recordOf(unit: MeetingListUnit): Promise<UnitRecord | null | undefined>;
}

/** The question for a day's list of ended meetings, with the moment at which it closes. `Infinity`: while one is under way. */
export async function endedMeetingsQuestion(unit: keyof typeof BESIDE, looks: MeetingLooks): Promise<Question> {
  const question = meetingsQuestion(unit, looks.day);
  const { said, asked_at } = await whoIsUnderWay(BESIDE[unit], looks);
  switch (said) {
    case 'nobody':
      return { ...question, closes_at: Math.min(asked_at, looks.day.to + DAY_S), after: asked_at };
    case 'somebody':
      return { ...question, closes_at: Infinity };
    case 'out of sight':
      return { ...question, after: overAt(asked_at, looks.day) };
    case 'failed':
      return { ...question, after: looks.day.to + LOOKED_FOR_S };
    case 'refused':
    case 'nothing':
      return question;
  }
}

/** From when on a list has a meeting that was under way when it was last seen, or it is one of over a day. */
function overAt(seenAt: number, { to }: DayTimes): number {
  return Math.max(to + LOOKED_FOR_S, seenAt + DAY_S);
}

/** Whether a list may lack a meeting of over a day, since Feishu does not say who is under way: one that was asked for within the week, or one of a day that had such a meeting. */
export async function mayLackLongOnes(
  unit: keyof typeof BESIDE,
  looks: MeetingLooks,
  list: UnitRecord,
): Promise<boolean> {
  const { said } = await whoIsUnderWay(BESIDE[unit], looks);
  return said === 'out of sight' || (said === 'refused' && lastAnswer(list).asked_at < looks.day.to + LOOKED_FOR_S);
}

/** Whether those under way are asked for before the list of ended meetings. `now`: unix seconds. */
export async function mustLookFor(
  unit: 'ongoing' | 'ongoing-list',
  looks: MeetingLooks,
  now: number,
): Promise<boolean> {
  const { to } = looks.day;
  if (now < to) return false;
  if (now < to + LOOKED_FOR_S) return true;
  const { said, asked_at } = await whoIsUnderWay(unit, looks);
  return said === 'somebody' || (said === 'out of sight' && now < overAt(asked_at, looks.day));
}

/**
 * `refused`: Feishu takes no such question. `out of sight`: it does not any more, and there was somebody. `nothing`: it was not
 * asked, or answered otherwise.
 */
type Said = 'nobody' | 'somebody' | 'out of sight' | 'failed' | 'refused' | 'nothing';

/**
 * What the answers say of the day's meetings, and when the one that says it was asked for. It is a question of the moment: rows of
 * an earlier answer are over, unless the later ask brought none. That nobody is under way any more stays true.
 */
async function whoIsUnderWay(
  unit: 'ongoing' | 'ongoing-list',
  { day, reader, recordOf }: MeetingLooks,
): Promise<{ said: Said; asked_at: number }> {
  const record = await recordOf(unit);
  if (!record || !sameSubject(record, meetingsQuestion(unit, day))) return { said: 'nothing', asked_at: 0 };
  const { asked_at, status, reason } = lastAnswer(record);
  const isRefused = saysNothing(reason);
  const isNone = status === 'empty' && !isRefused;
  if (isNone && asked_at >= day.to) {
    await noteUnreadSheets(record, { day, reader });
    return { said: 'nobody', asked_at };
  }
  const unsaid = { said: isRefused ? 'refused' : status === 'failed' ? 'failed' : 'nothing', asked_at } as const;
  if (record.rows === 0 || record.asked_at < day.to || isNone) return unsaid;
  // They go once a day is sealed, and none of its meetings is under way any more.
  if (record.damaged !== undefined) return unsaid;
  const rows = await meetingsOf(record, { day, reader });
  // Where a source takes no notice of the question, it answers with those that are over.
  const others = rows.filter((row) => (unixAt(row, 'meeting_end_time') ?? Infinity) > record.asked_at);
  const doubtful = rows.filter(hasNoLength);
  const isNobody = others.length === 0 && (await areEnded(doubtful, ENDED[unit], { day, reader, recordOf }));
  if (isNobody) return { said: 'nobody', asked_at: record.asked_at };
  return { said: isRefused ? 'out of sight' : 'somebody', asked_at: record.asked_at };
}

/** Nobody documents what one that is under way has for its end: it may be the start. So may a call that nobody took. */
function hasNoLength(row: Row): boolean {
  const [start, end] = [unixAt(row, 'meeting_start_time'), unixAt(row, 'meeting_end_time')];
  return start !== null && end !== null && end <= start;
}

/** Whether the source's list of ended meetings has all of them. */
async function areEnded(rows: readonly Row[], unit: keyof typeof BESIDE, looks: MeetingLooks): Promise<boolean> {
  if (rows.length === 0) return true;
  const list = await looks.recordOf(unit);
  if (!list || !sameSubject(list, meetingsQuestion(unit, looks.day))) return false;
  const ended = new Set((await meetingsOf(list, looks)).map((row) => row['meeting_key']));
  return rows.every((row) => ended.has(row['meeting_key']));
}

/** A file that has no row may have some in a sheet that is not read: reading it notes that as a gap of the day. */
async function noteUnreadSheets(record: UnitRecord, looks: Pick<MeetingLooks, 'day' | 'reader'>): Promise<void> {
  const isOfThatAnswer = record.via === 'export' && record.status === 'empty' && record.files.length > 0;
  if (isOfThatAnswer) await meetingsOf(record, looks);
}

async function meetingsOf(record: UnitRecord, { day, reader }: Pick<MeetingLooks, 'day' | 'reader'>): Promise<Row[]> {
  const window: DayWindow = { fromUnix: day.from, toUnix: day.to };
  const [exported, listed] = record.via === 'export' ? [record] : [undefined, record];
  return (await reader.meetings(exported, listed, window)).rows;
}
