/**
 * When the list of a day's meetings is closed: the one rule.
 *
 * A meeting that is under way is in no list of ended ones. So whoever has a list of ended meetings is asked for those
 * under way first: where none of them began in the day, the list that is asked for after it has all. One that did keeps
 * the list open until it is said to be over, however long that takes. Where the ask failed, a list counts a week after the
 * day's end, when it is asked no more. Where Feishu does not say who is under way, it counts a day after the day's end: a
 * meeting that can be asked about lasts a day at most, and the day says that a longer one may lack.
 */
import { DAY_S, type DayWindow } from '../model/calendar.ts';
import { unixAt } from '../tables/rows.ts';
import type { Row } from '../tables/columns.ts';
import { meetingsQuestion, sameSubject, type DayAsk, type DayTimes, type MeetingListUnit } from './questions.ts';
import type { Question } from './questions.ts';
import { codeIn, lastAnswer, type UnitRecord } from './records.ts';
import type { StageReader } from './stage.ts';

/**
 * Feishu takes no such question (not supported, a parameter that is wrong), or says that it has no data, which may mean that
 * nobody is under way: asked again it will not say either.
 */
const SAYS_NOTHING = new Set(['121002', '121003', '121004', '126009']);

/** So long after a day's end meetings of it are looked for that are still under way; longer where there was one. */
const LOOKED_FOR_S = 7 * DAY_S;

/** The list of ended meetings, and the one of those under way that is of the same source. */
const BESIDE = { export: 'ongoing', list: 'ongoing-list' } as const satisfies Partial<
  Record<MeetingListUnit, MeetingListUnit>
>;

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
    case 'failed':
      return { ...question, after: looks.day.to + LOOKED_FOR_S };
    case 'refused':
    case 'nothing':
      return question;
  }
}

/** Whether a list that was asked for within the week may lack a meeting of over a day, since Feishu does not say who is under way. */
export async function mayLackLongOnes(
  unit: keyof typeof BESIDE,
  looks: MeetingLooks,
  list: UnitRecord,
): Promise<boolean> {
  const isWithin = lastAnswer(list).asked_at < looks.day.to + LOOKED_FOR_S;
  return isWithin && (await whoIsUnderWay(BESIDE[unit], looks)).said === 'refused';
}

/** Whether those under way are asked for before the list of ended meetings. `now`: unix seconds. */
export async function mustLookFor(
  unit: 'ongoing' | 'ongoing-list',
  looks: MeetingLooks,
  now: number,
): Promise<boolean> {
  const { to } = looks.day;
  if (now < to) return false;
  return now < to + LOOKED_FOR_S || (await whoIsUnderWay(unit, looks)).said === 'somebody';
}

/** `refused`: Feishu takes no such question. `nothing`: it was not asked, or answered otherwise. */
type Said = 'nobody' | 'somebody' | 'failed' | 'refused' | 'nothing';

/**
 * What the last answer says of the day's meetings. It is a question of the moment: rows of an earlier answer are over, unless
 * the later one failed.
 */
async function whoIsUnderWay(
  unit: 'ongoing' | 'ongoing-list',
  { day, reader, recordOf }: MeetingLooks,
): Promise<{ said: Said; asked_at: number }> {
  const record = await recordOf(unit);
  if (!record || !sameSubject(record, meetingsQuestion(unit, day))) return { said: 'nothing', asked_at: 0 };
  const { asked_at, status, reason } = lastAnswer(record);
  const isRefused = SAYS_NOTHING.has(codeIn(reason) ?? '');
  const isNone = status === 'empty' && !isRefused;
  if (isNone && asked_at >= day.to) {
    await noteUnreadSheets(record, { day, reader });
    return { said: 'nobody', asked_at };
  }
  const unsaid = { said: isRefused ? 'refused' : status === 'failed' ? 'failed' : 'nothing', asked_at } as const;
  if (record.rows === 0 || record.asked_at < day.to || isNone) return unsaid;
  // They go once a day is sealed, and none of its meetings is under way any more.
  if (await reader.isDropped(record)) return unsaid;
  const rows = await meetingsOf(record, { day, reader });
  // Where a source takes no notice of the question, it answers with those that are over.
  const isAny = rows.some((row) => (unixAt(row, 'meeting_end_time') ?? Infinity) > record.asked_at);
  if (isAny) return { said: 'somebody', asked_at };
  return status === 'done' ? { said: 'nobody', asked_at } : unsaid;
}

/** A file that has no row may have some in a sheet that is not read: reading it notes that as a gap of the day. */
async function noteUnreadSheets(record: UnitRecord, looks: Pick<MeetingLooks, 'day' | 'reader'>): Promise<void> {
  const isOfThatAnswer = record.via === 'export' && record.status === 'empty' && record.files.length > 0;
  if (isOfThatAnswer && !(await looks.reader.isDropped(record))) await meetingsOf(record, looks);
}

async function meetingsOf(record: UnitRecord, { day, reader }: Pick<MeetingLooks, 'day' | 'reader'>): Promise<Row[]> {
  const window: DayWindow = { fromUnix: day.from, toUnix: day.to };
  const [exported, listed] = record.via === 'export' ? [record] : [undefined, record];
  return (await reader.meetings(exported, listed, window)).rows;
}
