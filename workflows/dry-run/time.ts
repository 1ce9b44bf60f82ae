/**
 * How long a backfill takes with nothing beside it: its days are played through, so many at once, with what each waits
 * for and with the calls of the busiest endpoint, which leave only as the limit lets them. A call is a few numbers here,
 * so that a month of a large tenant takes milliseconds.
 */
import { sumOf } from '../../model/units.ts';
import type { Pace } from '../../activities/index.ts';
import type { ExportResource } from '../../feishu/contract.ts';
import { MEETINGS_AT_ONCE, MEETINGS_WITH_QUALITY_AT_ONCE } from '../common/concurrency.ts';
import type { BackfillInput } from '../input.ts';
import { roundedCalls } from './calls.ts';

/** A task of which nothing is known is taken to be done at the first look: after 2 s, and the create and the look. */
const UNSEEN_TASK_S = 2.3;
/** What a day takes besides its calls, seen on an idle machine: from the file of meetings to the first call about one, and from the last call to the commit. */
const BESIDES_CALLS_S = 2;
/** Where the quota allows more, the machine decides: 15 to 18 on two cores, see docs/benchmarks.md. */
const CALLS_PER_SECOND = 16;
/** R2: its quota is ten times as large. */
const OTHER_LIMITS = ['R2'];

export interface TimedDay {
  calls: Record<string, number>;
  meetings: number;
}

export type Limit = NonNullable<Pace['limit']>;

/** A day on its way. Seconds from the start. */
interface Running {
  /** When its next call may start, as far as it depends on the day. */
  readyAt: number;
  calls: number;
  /** It does not end before. */
  endsAt: number;
}

export function expectedSeconds(
  input: BackfillInput,
  days: readonly TimedDay[],
  { limit, tasks }: { limit: Limit; tasks: Pace['tasks'] },
): number {
  const { endpoint } = busiestOf(days.map(({ calls }) => calls));
  const waiting = days.map((day) => ({
    calls: Math.round(day.calls[endpoint] ?? 0),
    listS: tasks.meeting_list?.seconds ?? UNSEEN_TASK_S,
    leastS: meetingSeconds(input, day.meetings, tasks),
  }));
  const start = (startsAt: number): Running[] => {
    const day = waiting.shift();
    if (!day) return [];
    const readyAt = startsAt + day.listS;
    return [{ readyAt, calls: day.calls, endsAt: readyAt + day.leastS }];
  };
  const grant = places(limit);
  const running = Array.from({ length: input.concurrency }, () => start(0)).flat();
  let end = 0;
  while (running.length > 0) {
    const next = running.reduce((first, day) => (day.readyAt < first.readyAt ? day : first));
    if (next.calls > 0) {
      next.readyAt = grant(next.readyAt);
      next.calls--;
      continue;
    }
    const endsAt = Math.max(next.readyAt, next.endsAt) + BESIDES_CALLS_S;
    end = Math.max(end, endsAt);
    running.splice(running.indexOf(next), 1, ...start(endsAt));
  }
  return Math.max(end, sumOf(roundedCalls(days.map(({ calls }) => calls))) / CALLS_PER_SECOND);
}

/**
 * When a call may start that is ready at a time. With as many calls before it in the window as the limit has it waits,
 * and those that wait are let go one by one, as the pacer does it.
 */
function places({ calls, window_ms }: Limit): (readyAt: number) => number {
  const windowS = window_ms / 1000;
  const gapS = windowS / calls;
  const held: number[] = [];
  let granted = 0;
  let last = -Infinity;
  let queued = false;
  return (readyAt) => {
    const place = granted++ % calls;
    const freeAt = (held[place] ?? -Infinity) + windowS;
    queued = freeAt > readyAt || (queued && readyAt <= last + gapS);
    last = queued ? Math.max(freeAt, last + gapS) : readyAt;
    held[place] = last;
    return last;
  };
}

/**
 * What the meetings of a day wait for at least: their files of participants, then those of sessions. They run side by
 * side, so the last of them waits for the slowest task.
 */
function meetingSeconds({ include, listing, source }: BackfillInput, meetings: number, tasks: Pace['tasks']): number {
  if (meetings === 0) return 0;
  const quality = include.includes('quality_minutes');
  const resources: ExportResource[] = [];
  if (listing === 'export' && (quality || include.includes('participants'))) resources.push('participant_list');
  if (quality && source !== 'list') resources.push('participant_quality_list');
  const rounds = Math.ceil(meetings / (quality ? MEETINGS_WITH_QUALITY_AT_ONCE : MEETINGS_AT_ONCE));
  return resources.reduce((sum, resource) => {
    const { seconds, longest_s } = tasks[resource] ?? { seconds: UNSEEN_TASK_S, longest_s: UNSEEN_TASK_S };
    return sum + (rounds - 1) * seconds + longest_s;
  }, 0);
}

/** The endpoint whose calls take longest, and how many there are. */
export function busiestOf(days: readonly Record<string, number>[]): { endpoint: string; calls: number } {
  let busiest = { endpoint: '', calls: 0 };
  for (const [endpoint, calls] of Object.entries(roundedCalls(days))) {
    if (!OTHER_LIMITS.includes(endpoint) && calls > busiest.calls) busiest = { endpoint, calls };
  }
  return busiest;
}
