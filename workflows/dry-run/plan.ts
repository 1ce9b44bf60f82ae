/**
 * The plan of a backfill: days, meetings, units, calls and the expected end, at the price of the meeting lists (L1) and
 * of the participants of a dozen meetings (L2); and how far back Feishu still answers, by a dozen more calls. Exports
 * nothing. What it cannot know: windows that have to be asked in parts, tasks that fail, and what is there already.
 */
import { addCounts, sumOf } from '../../model/units.ts';
import type { DayCount, Pace } from '../../activities/index.ts';
import { addDays, DAY_S } from '../../model/calendar.ts';
import type { BackfillInput } from '../input.ts';
import type { BackfillPlan } from '../messages.ts';
import { callsOfDay, roundedCalls, type PlannedDay } from './calls.ts';
import { countDays, eachPage, noMeetings, sampleSessions, type Counted, type Planning } from './count.ts';
import type { Shares } from './shares.ts';
import { busiestOf, expectedSeconds, type TimedDay } from './time.ts';
import { look } from '../common/activities.ts';

/** The published monthly quota of apps on the Basic plan; other plans have none. */
const MONTHLY_CAP = 1_000_000;
const PROBED_DAYS_BACK = [30, 90, 180, 365];
/** Of a day that is over. */
const RESERVATION_WINDOWS = 3;

export interface PlannedRange {
  from: string;
  to: string;
  days: number;
}

export async function planBackfill(planning: Planning, range: PlannedRange): Promise<BackfillPlan> {
  const { input, run, state } = planning;
  const { profile } = input;
  const says = (doing: string) => {
    state.says(doing);
    run.show();
  };
  says('counting the meetings');
  await countDays(planning, range);
  says('asking for the participants of a sample');
  const shares = await sampleSessions(planning);
  const room_pages = await countRoomPages(planning);
  says('looking how far back Feishu answers');
  const deepest = await probeRetention(planning);
  const { limit, tasks } = await run.calls.make('describePace', { profile }, 'the pace of calls');

  const { counted } = state;
  const rates = { shares, tasks, room_pages };
  const days = (await plannedDays(input, range, counted)).map((day) => ({
    calls: callsOfDay(input, day, rates),
    meetings: day.count.askable,
  }));
  const calls = roundedCalls(days.map((day) => day.calls));
  return {
    ...range,
    ...unitsOf(input, counted, shares),
    calls,
    calls_in_all: sumOf(calls),
    calls_of_this_plan: state.calls,
    ...timesOf(input, days, { limit, tasks }),
    share_of_monthly_cap: sumOf(calls) / MONTHLY_CAP,
    days_back_that_answer: deepest,
  };
}

function unitsOf(
  { include }: BackfillInput,
  counted: Counted,
  shares: Shares,
): Pick<BackfillPlan, 'meetings' | 'meetings_over_24h' | 'units'> {
  const total = noMeetings();
  for (const count of Object.values(counted.days)) addCounts<keyof DayCount>(total, count);
  const { meetings, askable, devices } = total;
  const units = include.includes('quality_minutes') ? Math.round(devices * shares.sessions) : askable;
  return { meetings, meetings_over_24h: meetings - askable, units };
}

function timesOf(
  input: BackfillInput,
  days: readonly TimedDay[],
  { limit, tasks }: Pace,
): Pick<BackfillPlan, 'minutes_at_full_quota' | 'expected_end'> {
  if (limit === null) return { minutes_at_full_quota: null, expected_end: null };
  const busiest = busiestOf(days.map(({ calls }) => calls));
  const seconds = expectedSeconds(input, days, { limit, tasks });
  return {
    minutes_at_full_quota: Math.ceil(((busiest.calls / limit.calls) * limit.window_ms) / 60_000),
    expected_end: new Date(Date.now() + seconds * 1000).toISOString(),
  };
}

/** In the order in which they run. */
async function plannedDays(input: BackfillInput, range: PlannedRange, { days }: Counted): Promise<PlannedDay[]> {
  const { profile, order } = input;
  const last = await look.describeDay({ profile, day: range.to });
  const planned = Array.from({ length: range.days }, (_, index): PlannedDay => {
    const day = addDays(range.from, index);
    const isLast = index === range.days - 1;
    const count = days[day] ?? noMeetings();
    return {
      count,
      // The day after the last one was not counted: it is taken to be like the last.
      meetings_after: (isLast ? count : days[addDays(day, 1)])?.meetings ?? 0,
      reservation_windows: isLast ? last.reservation_windows.length : RESERVATION_WINDOWS,
    };
  });
  return order === 'oldest-first' ? planned : planned.toReversed();
}

async function countRoomPages({ input, run, state }: Planning): Promise<number> {
  const { profile, include, room_level_id } = input;
  if (!include.includes('reservations') || room_level_id === undefined) return 0;
  let pages = 0;
  const read = (page_token: string | null) =>
    run.calls.make('countRooms', { profile, room_level_id, page_token }, 'count rooms');
  await eachPage(read, ({ calls }) => {
    pages++;
    state.addCalls(calls);
  });
  return pages;
}

/** The deepest look that was answered, in days; null where none was. A day without meetings says nothing. */
async function probeRetention({ input, run, state }: Planning): Promise<BackfillPlan['days_back_that_answer']> {
  const { profile } = input;
  const deepest: BackfillPlan['days_back_that_answer'] = { meetings: null, participants: null, quality_minutes: null };
  const now = Math.floor(Date.now() / 1000);
  const summary = 'does Feishu still answer';
  const counted = <T extends { calls: number }>(answer: T): T => {
    state.addCalls(answer.calls);
    run.show();
    return answer;
  };
  for (const daysBack of PROBED_DAYS_BACK) {
    const from = now - daysBack * DAY_S;
    const { meeting } = counted(await run.calls.make('probeMeeting', { profile, from, to: from + DAY_S }, summary));
    if (!meeting) continue;
    deepest.meetings = daysBack;
    const listed = counted(await run.calls.make('probeParticipants', { profile, meeting }, summary));
    if (listed.answers) deepest.participants = daysBack;
    const { encrypted_participant } = listed;
    if (!encrypted_participant) continue;
    const minutes = counted(await run.calls.make('probeQuality', { profile, meeting, encrypted_participant }, summary));
    if (minutes.answers) deepest.quality_minutes = daysBack;
  }
  return deepest;
}
