/**
 * `backfill`: one `exportDay` for each day of a range, a few at a time.
 *
 * A day that fails or is held by another run never blocks the others. Days report how far they are by signals, about
 * twenty each. When the history has grown enough, days that wait for another run are put back, the running ones end, and
 * the run continues as new. Cancelling it cancels its days; committed days stay as they are.
 */
import { CancellationScope, continueAsNew, log, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DescribedProfile } from '../activities/index.ts';
import { describeProblems } from '../model/problems.ts';
import { BackfillState, type BackfillSums, type DayTask } from './backfill/state.ts';
import type { Looks } from './common/activities.ts';
import { TaskPool } from './common/concurrency.ts';
import { shouldContinueAsNew } from './common/continue-as-new.ts';
import { receiveInput, type Internal } from './common/internal.ts';
import { applicationFailure, endedFromOutside, failure } from './common/outcomes.ts';
import { Run } from './common/run.ts';
import { Waits } from './common/waits.ts';
import { runDayUnderItsId } from './day/lock.ts';
import { PlanState, type Counted } from './dry-run/count.ts';
import { planBackfill } from './dry-run/plan.ts';
import { fairnessKey, PRIORITY } from './ids.ts';
import type { BackfillInput, ExportDayInput } from './input.ts';
import {
  dayReportSignal,
  retryFailedUpdate,
  setConcurrencyUpdate,
  skipDayUpdate,
  troubledQuery,
  type BackfillResult,
} from './messages.ts';

/** Handed on when it continues as new. */
export interface BackfillInternal extends Internal {
  profile: DescribedProfile;
  sums: BackfillSums;
  /** Of a dry run, what it has counted so far. */
  counted: Counted | null;
  paused: boolean;
  startedAtMs: number;
}

interface Backfill {
  input: BackfillInput;
  run: Run;
  state: BackfillState;
  pool: TaskPool;
  /** Waits of days for other runs and for the end of a pause: what can be put back. */
  waits: Waits;
}

export async function backfill(input: unknown, internal?: BackfillInternal): Promise<BackfillResult> {
  const asked = (input ?? {}) as Partial<BackfillInput>;
  const state = new BackfillState(internal?.sums ?? null, asked.concurrency ?? 2);
  const plan = asked.dry_run === true ? new PlanState(internal?.counted ?? null) : null;
  const run = new Run({
    seen: () => plan?.seen ?? state.seen,
    notes: () => plan?.notes ?? state.notes,
    carried: internal,
  });
  const pool = new TaskPool(() => state.concurrency);
  run.takeMessages();
  takeBackfillMessages({ run, state, pool, isPlan: plan !== null });

  return await run.lead(async () => {
    const checked = receiveInput('backfill', input, internal);
    const looks = run.looks(checked.profile);
    const profile = internal?.profile ?? (await looks.describeProfile({ profile: checked.profile }));
    run.callsAt(checked.profile, internal?.api_task_queue ?? profile.api_task_queue);
    run.findableBy(profile, { FeishuProfile: checked.profile, FeishuResource: checked.include });
    if (state.range === null) await resolveRange(checked, state, looks);
    run.show();

    const leave = async () => {
      const { carried: sums } = state;
      const counted = plan?.counted ?? null;
      const handedOn = { api_task_queue: run.calls.taskQueue, profile, sums, counted, ...run.carried };
      return await continueAsNew<typeof backfill>(checked, handedOn);
    };
    if (plan) return await dryRun({ input: checked, run, state, plan, leave });
    const result = await exportDays({ input: checked, run, state, pool, waits: new Waits() }, profile);
    return result ?? (await leave());
  });
}

function takeBackfillMessages({ run, state, pool, isPlan }: Omit<Backfill, 'input' | 'waits'> & { isPlan: boolean }) {
  const refuse = (problem: string | null) => {
    if (isPlan) throw new Error('a dry run exports nothing: it takes pause, resume and cancel');
    if (problem !== null) throw new Error(problem);
  };
  const changed = (answer: string): string => {
    pool.wake();
    run.show();
    return answer;
  };
  setHandler(troubledQuery, () => state.toldTroubled);
  setHandler(dayReportSignal, (report) => {
    state.reported(report);
    run.show();
  });
  setHandler(setConcurrencyUpdate, (concurrency) => changed(state.setConcurrency(concurrency)), {
    validator: (concurrency) => refuse(state.whyNotConcurrency(concurrency)),
  });
  setHandler(skipDayUpdate, (day) => changed(state.skip(day)), { validator: (day) => refuse(state.whyNotSkip(day)) });
  setHandler(retryFailedUpdate, (choice?: { reasons?: string[] }) => changed(state.retry(choice?.reasons)), {
    validator: (choice?: { reasons?: string[] }) => refuse(state.whyNotRetry(choice?.reasons)),
  });
}

/** Resolves the range once, from the scheduled time where a schedule started the run. */
async function resolveRange(input: BackfillInput, state: BackfillState, looks: Looks): Promise<void> {
  const scheduled = workflowInfo().searchAttributes['TemporalScheduledStartTime']?.[0];
  const { profile, from, to, month, days_back, order, refresh } = input;
  const range = await looks.describeRange({
    profile,
    at_ms: scheduled instanceof Date ? scheduled.getTime() : Date.now(),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(month === undefined ? {} : { month }),
    ...(days_back === undefined ? {} : { days_back }),
  });
  const { problems } = range;
  if (problems.length > 0) throw failure('InvalidInput', describeProblems(problems, 'backfill'), ...problems);
  for (const note of state.resolve({ from: range.from, to: range.to, order, refresh })) log.warn(note);
}

interface DryRun extends Pick<Backfill, 'input' | 'run' | 'state'> {
  plan: PlanState;
  leave(): Promise<never>;
}

async function dryRun({ input, run, state, plan, leave }: DryRun): Promise<BackfillResult> {
  const { from = '', to = '' } = state.range ?? {};
  const range = { from, to, days: state.total };
  const found = await run.watched(input.profile, () => planBackfill({ input, run, state: plan, leave }, range));
  plan.ended(found);
  run.finish('complete');
  const nothing = { days: {}, units: {}, tables: {}, gaps: [], restatements: [] };
  return { complete: false, ...nothing, calls: found.calls_of_this_plan, plan: found };
}

/** @returns null where the history has grown enough: what is left is for the next run */
async function exportDays(job: Backfill, profile: DescribedProfile): Promise<BackfillResult | null> {
  const { run, state, pool, waits } = job;
  while (state.hasNext || pool.size > 0) {
    // What fails while the last days run can still be asked for again.
    if (state.hasNext) await startNext(job, profile);
    else await pool.change();
    if (shouldContinueAsNew() && state.hasNext) {
      waits.end();
      await pool.drain();
      return null;
    }
  }
  await pool.drain();
  run.finish(state.outcome);
  return state.result;
}

async function startNext(job: Backfill, profile: DescribedProfile): Promise<void> {
  const { run, state, pool } = job;
  await pool.place();
  const task = state.next();
  run.show();
  if (task !== null) await pool.run(() => exportOneDay(job, task, profile));
}

/** A day that fails is counted with its reason; only what would fail every day alike ends the backfill. */
async function exportOneDay(job: Backfill, task: DayTask, profile: DescribedProfile): Promise<void> {
  const { input, run, state, waits } = job;
  const { day, refresh } = task;
  try {
    const end = await runDayUnderItsId({
      input: dayInput(input, task),
      profile,
      fetched_since: task.fetched_since,
      run,
      waits,
      priority: { priorityKey: PRIORITY.backfill, fairnessKey: fairnessKey(workflowInfo().workflowId) },
      onWaiting: (holder) => {
        state.waits(day, holder);
        run.show();
      },
    });
    if (end.status === 'ended') state.completed(day, end.result);
    else state.putBack({ day, refresh, fetched_since: end.fetched_since });
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    const known = applicationFailure(error);
    const failed = known ? { type: known.type ?? 'Error', reason: known.message } : endedFromOutside(error);
    if (!failed || failed.type === 'CredentialsRejected') throw error;
    state.failed(day, failed);
  } finally {
    run.show();
  }
}

function dayInput(input: BackfillInput, { day, refresh }: DayTask): ExportDayInput {
  const { include, listing, source, user_id_type, room_level_id, fan_out, profile } = input;
  const { include_external_meetings, include_webinar, enrich } = input;
  const optional = room_level_id === undefined ? {} : { room_level_id };
  const flags = { include_external_meetings, include_webinar, enrich };
  return { day, include, listing, source, user_id_type, refresh, fan_out, ...flags, profile, ...optional };
}
