/**
 * The plan of a backfill: days, meetings, units, calls and the expected end, at the price of the meeting lists (L1), and
 * how far back Feishu still answers, by a dozen more calls. Exports nothing.
 */
import type { DayCount } from '../activities/index.ts';
import type { BackfillInput } from './input.ts';
import type { BackfillPlan } from './messages.ts';
import { addCounts, sumOf } from './outcomes.ts';
import { api, settings } from './steps.ts';

/** Calls that an export task takes besides its create: looks, seen to be little over one, and the download. */
const LOOKS_PER_TASK = 1.1;
/** The published monthly quota of apps on the Basic plan; other plans have none. */
const MONTHLY_CAP = 1_000_000;
const PROBED_DAYS_BACK = [30, 90, 180, 365];
const DAY_S = 86_400;

export interface PlannedRange {
  from: string;
  to: string;
  days: number;
}

export async function planBackfill(input: BackfillInput, range: PlannedRange): Promise<BackfillPlan> {
  const { profile } = input;
  const [first, last] = await Promise.all([
    settings.describeDay({ profile, day: range.from }),
    settings.describeDay({ profile, day: range.to }),
  ]);
  const counted = await countDays(input, first.from, Math.min(last.to, last.asked_at));
  const calls = expectedCalls(input, range.days, counted.total);
  const limit = await api.describeLimit({ profile });
  const busiest = Math.max(...Object.values(calls), 0);
  const minutes = limit === null ? null : (busiest / limit.calls) * (limit.window_ms / 60_000);
  const retention = await probeRetention(profile, last.asked_at);
  return {
    from: range.from,
    to: range.to,
    days: range.days,
    meetings: counted.total.meetings,
    meetings_over_24h: counted.total.meetings - counted.total.askable,
    units: input.include.includes('quality_minutes') ? counted.total.sessions : counted.total.askable,
    calls,
    calls_in_all: sumOf(calls),
    calls_of_this_plan: counted.calls,
    minutes_at_full_quota: minutes === null ? null : Math.ceil(minutes),
    expected_end: minutes === null ? null : new Date(Date.now() + minutes * 60_000).toISOString(),
    share_of_monthly_cap: sumOf(calls) / MONTHLY_CAP,
    days_back_that_answer: retention,
  };
}

async function countDays(input: BackfillInput, from: number, to: number): Promise<{ total: DayCount; calls: number }> {
  const { profile, include_external_meetings, include_webinar } = input;
  const total: DayCount = { meetings: 0, askable: 0, sessions: 0, participant_pages: 0, quality_pages: 0 };
  let calls = 0;
  let pageToken: string | null = null;
  const seen = new Set<string>();
  do {
    const ask = { profile, from, to, include_external_meetings, include_webinar, page_token: pageToken };
    const page: Awaited<ReturnType<typeof api.countMeetings>> = await api.countMeetings.executeWithOptions(
      { summary: 'count meetings' },
      [ask],
    );
    for (const count of Object.values(page.days)) addCounts(total, count);
    calls += page.calls;
    pageToken = page.page_token;
    if (pageToken !== null && seen.has(pageToken)) break;
    if (pageToken !== null) seen.add(pageToken);
  } while (pageToken !== null);
  return { total, calls };
}

function expectedCalls(input: BackfillInput, days: number, total: DayCount): Record<string, number> {
  const { include, listing, source } = input;
  const calls: Record<string, number> = {};
  const addTasks = (create: string, tasks: number) =>
    addCounts(calls, { [create]: tasks, E5: Math.round(tasks * LOOKS_PER_TASK), E6: tasks });
  const quality = include.includes('quality_minutes');
  if (include.some((table) => table !== 'reservations')) addTasks('E1', days);
  if (input.include_external_meetings || input.include_webinar) {
    addCounts(calls, { L1: Math.max(days, Math.ceil(total.meetings / 100)) });
  }
  if (quality || include.includes('participants')) {
    if (listing === 'export') addTasks('E2', total.askable);
    else addCounts(calls, { L2: total.participant_pages });
  }
  if (quality && source !== 'export') addCounts(calls, { L3: total.quality_pages });
  if (quality && source !== 'list') addTasks('E3', total.sessions);
  if (include.includes('reservations')) {
    addTasks('E4', days * 3);
    addCounts(calls, { R2: days });
  }
  return calls;
}

/** The deepest look that was answered, in days; null where none was. A day without meetings says nothing. */
async function probeRetention(profile: string, now: number): Promise<BackfillPlan['days_back_that_answer']> {
  const deepest: BackfillPlan['days_back_that_answer'] = { meetings: null, participants: null, quality_minutes: null };
  for (const daysBack of PROBED_DAYS_BACK) {
    const from = now - daysBack * DAY_S;
    const { meeting } = await api.probeMeeting({ profile, from, to: from + DAY_S });
    if (!meeting) continue;
    deepest.meetings = daysBack;
    const { answers, participant } = await api.probeParticipants({ profile, meeting });
    if (answers) deepest.participants = daysBack;
    if (participant && (await api.probeQuality({ profile, meeting, participant })).answers) {
      deepest.quality_minutes = daysBack;
    }
  }
  return deepest;
}
