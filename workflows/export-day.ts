/**
 * `exportDay`: all tables of one day of the tenant, then their commit.
 *
 * Lists the meetings (E1, and L1 where asked), the participants of each (L2, or E2), their quality, the reservations
 * (E4): by children, so many side by side. What each fetched lies in the stage (raw files and a record per unit), and the
 * commit reads the stage: a worker that dies costs no call, a column that changes neither. Under any other id than
 * the day's own it runs the day as a child, so that a day is fetched by one run at a time. When the history has grown
 * enough, those that run end and the run continues as new at the next meeting.
 */
import { continueAsNew, getExternalWorkflowHandle, setHandler, workflowInfo } from '@temporalio/workflow';
import type { DayWindow, DescribedProfile } from '../activities/index.ts';
import type { CommittedDay } from '../model/committed-day.ts';
import { files, type Looks } from './common/activities.ts';
import { sessionsAtOnce } from './common/concurrency.ts';
import { receiveInput } from './common/internal.ts';
import { failure } from './common/outcomes.ts';
import { Reporter } from './common/progress.ts';
import { Run } from './common/run.ts';
import { askOf, DayLists } from './day/lists.ts';
import { runDayUnderItsId, type DayInternal } from './day/lock.ts';
import { DayMeetings } from './day/meetings.ts';
import { DayState } from './day/state.ts';
import { DayUnits } from './day/units.ts';
import { dayWorkflowId, fairnessKey } from './ids.ts';
import type { ExportDayInput } from './input.ts';
import { dayReportSignal, type DayReport, type ExportDayResult } from './messages.ts';

export async function exportDay(input: unknown, internal?: DayInternal): Promise<ExportDayResult> {
  const { day = '' } = (input ?? {}) as Partial<ExportDayInput>;
  const state = new DayState(day);
  if (internal?.carried) state.resume(internal.carried.sums);
  let ofChild: DayReport | null = null;
  const seen = () => (ofChild === null ? state.seen : { ...state.seen, ...seenOfChild(ofChild) });
  const report = internal?.reports === true ? reporterTo(workflowInfo().parent?.workflowId) : undefined;
  const onShow = () => report?.(state.report(run.progress().waiting_for));
  const run: Run = new Run({ seen, onShow, carried: internal?.carried });
  run.takeMessages();
  setHandler(dayReportSignal, (news) => {
    ofChild = news;
    run.show();
  });

  return await run.lead(async () => {
    const checked = receiveInput('exportDay', input, internal);
    const looks = run.looks(checked.profile);
    const profile = internal?.profile ?? (await looks.describeProfile({ profile: checked.profile }));
    run.callsAt(checked.profile, internal?.api_task_queue ?? profile.api_task_queue);
    const workflowId = dayWorkflowId(profile.day_scope, checked.profile, checked.day);
    if (!internal && workflowInfo().workflowId !== workflowId) {
      const waits = (holder: string | null) => {
        ofChild = { ...(ofChild ?? state.report(null)), waiting_for: holder };
        run.show();
      };
      return await runUnderLock(checked, { run, profile, waits });
    }
    const { include: tables } = checked;
    run.findableBy(profile, { FeishuProfile: checked.profile, FeishuResource: tables, FeishuDay: checked.day });
    if (!internal?.carried) {
      const withQuality = tables.includes('quality_minutes');
      state.begin({ window: await begunDay(checked, looks), generation: run.startedAtMs, withQuality });
    }
    const handedOn = { profile, fetched_since: internal?.fetched_since ?? 0, reports: internal?.reports ?? false };
    return await run.watched(checked.profile, () => fetchAndCommit({ input: checked, run, state, handedOn }));
  });
}

/** Runs the day under its own id and passes messages on. */
async function runUnderLock(
  input: ExportDayInput,
  { run, profile, waits }: { run: Run; profile: DescribedProfile; waits(holder: string | null): void },
): Promise<ExportDayResult> {
  await begunDay(input, run.looks(input.profile));
  const { workflowId, priority } = workflowInfo();
  const end = await runDayUnderItsId({
    input,
    profile,
    fetched_since: 0,
    run,
    priority: { ...priority, fairnessKey: fairnessKey(workflowId) },
    onWaiting: waits,
  });
  if (end.status === 'put back') throw new TypeError('nobody ends the wait for a day but a backfill');
  run.finish(end.result.complete ? 'complete' : 'incomplete');
  return end.result;
}

/** @throws ApplicationFailure `InvalidInput` for a day that has not begun */
async function begunDay({ profile, day }: ExportDayInput, looks: Looks): Promise<DayWindow> {
  const window = await looks.describeDay({ profile, day });
  if (window.from * 1000 <= Date.now()) return window;
  const message = `takes a day that has begun in ${window.time_zone}; ${day} has not`;
  throw failure('InvalidInput', `exportDay: day: ${message}`, { field: 'day', message });
}

interface Day {
  input: ExportDayInput;
  run: Run;
  state: DayState;
  handedOn: Omit<DayInternal, 'api_task_queue' | 'carried'>;
}

async function fetchAndCommit(day: Day): Promise<ExportDayResult> {
  const { input, run, state, handedOn } = day;
  const { include, profile, refresh } = input;
  const { cursor, generation } = state.sums;
  const location = { kind: 'day' as const, profile, day: input.day, generation };
  const isFresh = cursor < 0;
  if (isFresh && refresh === 'unsettled') {
    const sealed = await files.sealedDay.executeWithOptions({ summary: 'is the day sealed' }, [
      { location, include, day: askOf(input) },
    ]);
    if (sealed) return finish(day, { ...sealed, restatements: [] });
  }
  const units = new DayUnits({ profile, location, run, state });
  const context = { input, run, state, units, fetchedSince: handedOn.fetched_since };
  if (isFresh) {
    const lists = new DayLists(context);
    await Promise.all([lists.meetings(), lists.reservations()]);
    state.sums.cursor = 0;
  }
  if (include.includes('participants') || include.includes('quality_minutes')) {
    const atOnce = sessionsAtOnce(handedOn.profile.calls_per_second, input.source);
    const { status } = await new DayMeetings(context, atOnce).export();
    if (status === 'history is full') return await continueDay(day);
  }
  say(day, 'writing the tables');
  const committed = await files.commitDay.executeWithOptions({ summary: `write the tables of ${input.day}` }, [
    // Of now: the meetings were asked for up to a later moment than the day began with.
    { location, profile, window: state.sums.window, include, day: askOf(input) },
  ]);
  return finish(day, committed);
}

async function continueDay({ input, run, state, handedOn }: Day): Promise<never> {
  const carried = { sums: state.sums, ...run.carried };
  return await continueAsNew<typeof exportDay>(input, { ...handedOn, api_task_queue: run.calls.taskQueue, carried });
}

function finish({ run, state }: Day, committed: CommittedDay): ExportDayResult {
  state.committed(committed.tables);
  run.finish(committed.complete ? 'complete' : 'incomplete');
  return { ...committed, calls: state.sums.calls };
}

function say({ run, state }: Day, doing: string): void {
  state.says(doing);
  run.show();
}

function seenOfChild({ doing, units, calls, waiting_for }: DayReport) {
  return { doing, units, calls, waitingFor: waiting_for };
}

/** Tells the run of this product that has started the day how far it is. */
function reporterTo(parentId: string | undefined): ((report: DayReport) => void) | undefined {
  if (parentId === undefined) return undefined;
  const reporter = new Reporter();
  return (report) => {
    if (!reporter.due(report)) return;
    // A parent that has ended needs no report.
    void getExternalWorkflowHandle(parentId)
      .signal(dayReportSignal, report)
      .catch(() => undefined);
  };
}
