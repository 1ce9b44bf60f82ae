/**
 * Backfills that have ended, as the Temporal server tells it: also those that were cancelled, terminated or failed before they
 * did anything, and could tell nothing themselves.
 */
import { WorkflowFailedError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { msNumberToTs, optionalTsToMs } from '@temporalio/common/lib/time.js';
import { z } from 'zod';
import { rangeOf } from '../../activities/settings.ts';
import { DAYS_AT_MOST } from '../../model/bounds.ts';
import { daysBetween, daysOfRange, dayOf, isDay } from '../../model/calendar.ts';
import { TABLES_OF_A_DAY } from '../../model/day-tables.ts';
import { isNotFound } from '../api-lease/lease-service.ts';
import type { BackfillEnded, RunStatus } from './notice.ts';

export interface EndedBackfill {
  workflowId: string;
  runId: string;
  profile: string;
  /** A dry run: it exported nothing. */
  isPlan: boolean;
  status: RunStatus;
  failure: string | null;
  counts: BackfillEnded['counts'];
  input: BackfillFields;
  /** Of the run before, where it continued one. */
  carriedRange: { from: string; to: string } | null;
  startedAtMs: number;
  closedAtMs: number;
  /** Null: started by hand. */
  schedule: { id: string; atMs: number } | null;
}

const day = z.string().refine(isDay);
/** What is known of an input here; whatever is wrong with it failed the run, which is told all the same. */
const inputSchema = z.looseObject({
  profile: z.string().catch('default').default('default'),
  dry_run: z.boolean().catch(false).default(false),
  include: z.array(z.enum(TABLES_OF_A_DAY)).optional().catch(undefined),
  room_level_id: z.string().optional().catch(undefined),
  from: day.optional().catch(undefined),
  to: day.optional().catch(undefined),
  month: z
    .string()
    .regex(/^(\d{4}-(0[1-9]|1[0-2])|previous)$/)
    .optional()
    .catch(undefined),
  days_back: z
    .object({ from: z.int().min(0).max(DAYS_AT_MOST), to: z.int().min(0).max(DAYS_AT_MOST) })
    .optional()
    .catch(undefined),
});
export type BackfillFields = z.infer<typeof inputSchema>;
const carriedSchema = z.object({ sums: z.object({ range: z.object({ from: day, to: day }) }) });
const counts = z.record(z.string(), z.number());
const resultSchema = z.object({
  complete: z.boolean(),
  days: counts,
  units: counts,
  tables: counts,
  gaps: z.array(z.object({ count: z.number() })),
  calls: z.number(),
});

const STATUS: Partial<Record<WorkflowExecutionInfo['status']['name'], RunStatus>> = {
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed-out',
};

/** Backfills of the queue that have closed since then, unix ms: the last runs of their chains, the earliest first. */
export async function closedBackfills(
  client: Client,
  { taskQueue, sinceMs }: { taskQueue: string; sinceMs: number },
): Promise<WorkflowExecutionInfo[]> {
  const query =
    `WorkflowType = 'backfill' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}' ` +
    `AND ExecutionStatus IN ('Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut') ` +
    `AND CloseTime >= '${new Date(sinceMs).toISOString()}'`;
  const found: WorkflowExecutionInfo[] = [];
  for await (const info of client.workflow.list({ query })) found.push(info);
  return found.toSorted((a, b) => (a.closeTime?.getTime() ?? 0) - (b.closeTime?.getTime() ?? 0));
}

/** What has become of a closed run. Rejects with the server's NOT_FOUND where its history is gone by now. */
export async function readEnded(client: Client, info: WorkflowExecutionInfo): Promise<EndedBackfill> {
  const { workflowId, runId, status, searchAttributes, startTime, closeTime } = info;
  const [input, carried] = await argumentsOf(client, { workflowId, runId });
  const fields = inputSchema.parse(typeof input === 'object' && input !== null ? input : {});
  const handedOn = carriedSchema.safeParse(carried);
  const scheduleId = searchAttributes['TemporalScheduledById']?.[0];
  const scheduledAt = searchAttributes['TemporalScheduledStartTime']?.[0];
  const ended = {
    workflowId,
    runId,
    profile: fields.profile,
    isPlan: fields.dry_run,
    input: fields,
    carriedRange: handedOn.success ? handedOn.data.sums.range : null,
    startedAtMs: startTime.getTime(),
    closedAtMs: closeTime?.getTime() ?? 0,
    schedule:
      typeof scheduleId === 'string' && scheduledAt instanceof Date
        ? { id: scheduleId, atMs: scheduledAt.getTime() }
        : null,
  };
  try {
    const result = resultSchema.safeParse(await client.workflow.result(workflowId, runId, { followRuns: false }));
    if (!result.success) return { ...ended, status: 'incomplete', failure: null, counts: null };
    const { complete, days, units, tables: rows, gaps, calls } = result.data;
    const told = { days, units, rows, gaps: gaps.reduce((sum, { count }) => sum + count, 0), calls };
    return { ...ended, status: complete ? 'complete' : 'incomplete', failure: null, counts: told };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const failure = error.cause instanceof ApplicationFailure ? (error.cause.type ?? null) : null;
    return { ...ended, status: STATUS[status.name] ?? 'failed', failure, counts: null };
  }
}

async function argumentsOf(client: Client, execution: { workflowId: string; runId: string }): Promise<unknown[]> {
  const { namespace, loadedDataConverter } = client.options;
  const history = await client.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution,
    maximumPageSize: 1,
  });
  const started = history.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return await decodeArrayFromPayloads(loadedDataConverter, started?.input?.payloads);
}

/** First and last day; null where the input named none. */
export function rangeOfRun(
  { input, carriedRange, schedule, startedAtMs }: EndedBackfill,
  timeZone: string,
): { from: string; to: string } | null {
  if (carriedRange !== null) return carriedRange;
  return rangeAt(input, { atMs: schedule?.atMs ?? startedAtMs, timeZone });
}

/**
 * Days that the schedule has looked at for the last time: the next start looks at none of them.
 * @returns the oldest first; empty for a run that no schedule started
 */
export async function daysLeftBehind(client: Client, run: EndedBackfill, timeZone: string): Promise<string[]> {
  const range = rangeOfRun(run, timeZone);
  if (run.schedule === null || range === null) return [];
  const nextMs = await nextStartMs(client, run.schedule);
  const next = nextMs === null ? null : rangeAt(run.input, { atMs: nextMs, timeZone });
  const days = daysOfRange(range);
  return next === null ? days : days.filter((each) => each < next.from || each > next.to);
}

function rangeAt(
  { from, to, month, days_back }: BackfillFields,
  { atMs, timeZone }: { atMs: number; timeZone: string },
): { from: string; to: string } | null {
  if (days_back === undefined && month === undefined && from === undefined) return null;
  const given = {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(month === undefined ? {} : { month }),
    ...(days_back === undefined ? {} : { days_back }),
  };
  const range = rangeOf(given, dayOf(Math.floor(atMs / 1000), timeZone));
  const isRange = range.from <= range.to && daysBetween(range.from, range.to) < DAYS_AT_MOST;
  return isRange ? range : null;
}

/** Longer than a month, which is the longest that schedules of this product pause. */
const HORIZON_MS = 62 * 86_400_000;

/** When the schedule starts a run after this one; null: it is gone, or ends. */
async function nextStartMs(client: Client, { id, atMs }: { id: string; atMs: number }): Promise<number | null> {
  const { namespace } = client.options;
  const [startTime, endTime] = [msNumberToTs(atMs + 1000), msNumberToTs(atMs + HORIZON_MS)];
  const request = { namespace, scheduleId: id, startTime, endTime };
  try {
    const { startTime: starts } = await client.workflowService.listScheduleMatchingTimes(request);
    return optionalTsToMs(starts[0]) ?? null;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
