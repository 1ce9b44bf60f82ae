/**
 * The public face of the workflows: results, and the messages that a running one takes.
 * The client and the command line stand on this file; nothing in it touches a worker.
 */
import type { QueryDefinition, SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type { ExportResource } from '../feishu/contract.ts';
import type { CommittedDay, Gap, RestatedTable } from '../model/committed-day.ts';
import type { TroubledDays } from '../model/troubled-days.ts';
import type { UnitCounts, UnitStatus } from '../model/units.ts';

export type { Gap } from '../model/committed-day.ts';

export interface ExportResourceResult {
  resource: ExportResource;
  task_id: string;
  rows: number;
  raw: { uri: string; bytes: number; sha256: string };
  table: { uri: string };
  /** Creates that were sent and whose answer was lost: each may have left a task behind that nobody waits for. */
  unknown_creates: number;
  /** Calls made, failed attempts included. */
  calls: number;
}

export interface ParticipantQualityResult {
  status: UnitStatus;
  rows: number;
  pages: number;
  uri: string;
}

/** `gaps`: what could not be asked, or was answered with nothing. */
export interface MeetingQualityResult {
  units: UnitCounts;
  rows: number;
  uri: string;
  gaps: Gap[];
}

export interface ExportDayResult extends CommittedDay {
  calls: number;
}

export type DayStatus = 'complete' | 'incomplete' | 'failed' | 'skipped';
export interface BackfillResult {
  complete: boolean;
  days: Partial<Record<DayStatus, number>>;
  units: UnitCounts;
  tables: Record<string, number>;
  gaps: Gap[];
  /** Rows of earlier commits that this run's commits changed, summed up by table. */
  restatements: RestatedTable[];
  calls: number;
  /** With `dry_run`: what would be done. Nothing was exported then. */
  plan?: BackfillPlan;
}

/** What a backfill would do. Counts of calls are by endpoint: E1 to E6, L1 to L4, R2. */
export interface BackfillPlan {
  from: string;
  to: string;
  days: number;
  meetings: number;
  /** They cannot be asked about: 126006. */
  meetings_over_24h: number;
  /** Participant-sessions with quality, meetings without. */
  units: number;
  calls: Record<string, number>;
  calls_in_all: number;
  /** What it took to count and to look back. */
  calls_of_this_plan: number;
  /** Of the endpoint that takes longest; null without a limit. */
  minutes_at_full_quota: number | null;
  /** If started when the plan ends, with nothing else running; null without a limit. */
  expected_end: string | null;
  /** Of 1,000,000 calls a month, which apps on the Basic plan have. */
  share_of_monthly_cap: number;
  /** How many days back each data set still answered when probed at 30, 90, 180 and 365; null: nowhere. */
  days_back_that_answer: { meetings: number | null; participants: number | null; quality_minutes: number | null };
}

/** How far a run is. Instants are ISO 8601 in UTC. */
export interface Progress {
  state: 'running' | 'paused' | 'waiting' | 'done';
  /** What it does now, in words. */
  doing: string;
  /** First and last day of a backfill, once they are resolved. */
  range?: { from: string; to: string };
  days: { total: number; done: number; running: number; failed: number; skipped: number };
  /** `total` counts the units known so far: a day's units are known once its lists are there. */
  units: { total: number } & UnitCounts;
  rows: Record<string, number>;
  calls: number;
  calls_per_minute: number;
  /** Why nothing moves: another run that holds the day, an outage, a used-up quota, a pause; null while it moves. */
  waiting_for: string | null;
  eta: string | null;
  started_at: string;
  updated_at: string;
  running: { day: string; doing: string; units_done: number; units_total: number }[];
}

// What `defineQuery` and its like of `@temporalio/workflow` make. A client that sends them need not load that package,
// which takes longer than the rest of a command.
const defineQuery = <Ret>(name: string) => ({ type: 'query', name }) as QueryDefinition<Ret>;
const defineSignal = <Args extends unknown[] = []>(name: string) =>
  ({ type: 'signal', name }) as SignalDefinition<Args>;
const defineUpdate = <Ret, Args extends unknown[]>(name: string) =>
  ({ type: 'update', name }) as UpdateDefinition<Ret, Args>;

export const progressQuery = defineQuery<Progress>('progress');
/** Days of a backfill that `retryFailed` would run again. */
export const troubledQuery = defineQuery<TroubledDays>('troubled');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
/** A parent passes on to its children whether they are paused. Not for callers: they send `pause` and `resume`. */
export const pausedByParentSignal = defineSignal<[boolean]>('pausedByParent');
/** A day reports to the run of this product that started it. */
export const dayReportSignal = defineSignal<[DayReport]>('dayReport');

export const setConcurrencyUpdate = defineUpdate<string, [number]>('setConcurrency');
export const retryFailedUpdate = defineUpdate<string, [{ reasons?: string[] }?]>('retryFailed');
export const skipDayUpdate = defineUpdate<string, [string]>('skipDay');

/** Numbers of one day on their way up to its backfill; no rows, no names. */
export interface DayReport {
  day: string;
  doing: string;
  units: { total: number } & UnitCounts;
  calls: number;
  waiting_for: string | null;
}
