/**
 * The plan of a backfill: days, meetings, units, calls and the expected end, at the price of the meeting lists (L1) and
 * of the participants of a dozen meetings (L2); and how far back Feishu still answers, by a dozen more calls. Exports
 * nothing. What it cannot know: windows that have to be asked in halves, tasks that fail, and what is there already.
 */
import { addCounts, sumOf } from '../../model/units.ts';
import type { DayCount, Pace } from '../../activities/index.ts';
import { addDays } from '../../model/calendar.ts';
import type { BackfillInput } from '../input.ts';
import type { BackfillPlan } from '../messages.ts';
import { callsOfDay, roundedCalls, type PlannedDay } from './calls.ts';
import { countDays, eachPage, noMeetings, sampleSessions, type Counted } from './count.ts';
import type { Shares } from './shares.ts';
import { busiestOf, expectedSeconds, type TimedDay } from './time.ts';
import { api, settings } from '../common/activities.ts';

/** The published monthly quota of apps on the Basic plan; other plans have none. */
const MONTHLY_CAP = 1_000_000;
const PROBED_DAYS_BACK = [30, 90, 180, 365];
const DAY_S = 86_400;
/** Of a day that is over. */
const RESERVATION_WINDOWS = 3;

export interface PlannedRange {
  from: string;
  to: string;
  days: number;
}

export async function planBackfill(input: BackfillInput, range: PlannedRange): Promise<BackfillPlan> {
  const { profile } = input;
  const counted = await countDays(input, range);
  const sampled = await sampleSessions(input, counted.candidates);
  const rooms = await countRoomPages(input);
  const retention = await probeRetention(profile);
  const { limit, tasks } = await api.describePace({ profile });

  const rates = { shares: sampled.shares, tasks, room_pages: rooms.pages };
  const days = (await plannedDays(input, range, counted)).map((day) => ({
    calls: callsOfDay(input, day, rates),
    meetings: day.count.askable,
  }));
  const calls = roundedCalls(days.map((day) => day.calls));
  return {
    ...range,
    ...unitsOf(input, counted, sampled.shares),
    calls,
    calls_in_all: sumOf(calls),
    calls_of_this_plan: counted.calls + sampled.calls + rooms.calls + retention.calls,
    ...timesOf(input, days, { limit, tasks }),
    share_of_monthly_cap: sumOf(calls) / MONTHLY_CAP,
    days_back_that_answer: retention.deepest,
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
  const last = await settings.describeDay({ profile, day: range.to });
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

async function countRoomPages({
  profile,
  include,
  room_level_id,
}: BackfillInput): Promise<{ pages: number; calls: number }> {
  const counted = { pages: 0, calls: 0 };
  if (!include.includes('reservations') || room_level_id === undefined) return counted;
  const read = (page_token: string | null) =>
    api.countRooms.executeWithOptions({ summary: 'count rooms' }, [{ profile, room_level_id, page_token }]);
  await eachPage(read, ({ calls }) => {
    counted.pages++;
    counted.calls += calls;
  });
  return counted;
}

/** The deepest look that was answered, in days; null where none was. A day without meetings says nothing. */
async function probeRetention(
  profile: string,
): Promise<{ deepest: BackfillPlan['days_back_that_answer']; calls: number }> {
  const deepest: BackfillPlan['days_back_that_answer'] = { meetings: null, participants: null, quality_minutes: null };
  const now = Math.floor(Date.now() / 1000);
  let calls = 0;
  for (const daysBack of PROBED_DAYS_BACK) {
    const from = now - daysBack * DAY_S;
    const found = await api.probeMeeting({ profile, from, to: from + DAY_S });
    calls += found.calls;
    if (!found.meeting) continue;
    const { meeting } = found;
    deepest.meetings = daysBack;
    const listed = await api.probeParticipants({ profile, meeting });
    calls += listed.calls;
    if (listed.answers) deepest.participants = daysBack;
    if (!listed.participant) continue;
    const minutes = await api.probeQuality({ profile, meeting, participant: listed.participant });
    calls += minutes.calls;
    if (minutes.answers) deepest.quality_minutes = daysBack;
  }
  return { deepest, calls };
}
