/**
 * What receivers are told, as it goes to a webhook: JSON, instants in ISO 8601, UTC. Counts, days, kinds of gaps and names that
 * operators gave: no person, no meeting, no text of Feishu's.
 */
import { createHash } from 'node:crypto';
import { oneLine } from '../../report/terminal.ts';

interface Told {
  version: 1;
  /** The same for the same cause. */
  id: string;
  at: string;
  profile: string;
  /** What to type next. */
  command: string;
}

export type RunStatus = 'complete' | 'incomplete' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
type Counts = Record<string, number>;

/** A backfill has ended, by whomever it was started. */
export interface BackfillEnded extends Told {
  kind: 'backfill_ended';
  workflow_id: string;
  /** Name of the schedule that started it; null: started by hand. */
  schedule: string | null;
  status: RunStatus;
  /** Type of the failure that ended it. */
  failure: string | null;
  /** First and last day; null where it ended before they were known. */
  range: { from: string; to: string } | null;
  /** Null where it did not come to its end. `gaps`: how many there are in all. */
  counts: { days: Counts; units: Counts; rows: Counts; gaps: number; calls: number } | null;
}

/** Calls of the profile wait until somebody logs in or puts credentials right. */
export interface PersonNeeded extends Told {
  kind: 'person_needed';
  since: string;
}

/** No later run of the schedule looks at these days again, and something is missing in each. */
export interface DaysIncomplete extends Told {
  kind: 'days_incomplete';
  schedule: string;
  /** `gaps`: by kind, as in the manifest; `absent`: the day was never committed, or lacks so many tables. */
  days: { day: string; gaps: { kind: string; count: number }[] }[];
}

export type Notice = BackfillEnded | PersonNeeded | DaysIncomplete;

/** An id for the causes, which do not have to be readable from it. */
export function noticeId(causes: readonly string[]): string {
  return createHash('sha256').update(causes.join('\n')).digest('hex').slice(0, 32);
}

/** Whoever starts a run chooses its id: what he writes there is no line of its own in what people are told, and turns no letters around. */
export function plainNotice(notice: Notice): Notice {
  return JSON.parse(JSON.stringify(notice), (_key, value: unknown) =>
    typeof value === 'string' ? oneLine(value) : value,
  ) as Notice;
}
