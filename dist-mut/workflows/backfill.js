/**
 * `backfill`: one `exportDay` for each day of a range, a few at a time.
 *
 * A day that fails or is held by another run never blocks the others. Days report how far they are by signals, about
 * twenty each. When the history has grown enough, days that wait for another run are put back, the running ones end, and
 * the run continues as new. Cancelling it cancels its days; committed days stay as they are.
 */
import { CancellationScope, continueAsNew, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { describeProblems } from '../model/problems.js';
import { BackfillState } from './backfill/state.js';
import { look } from './common/activities.js';
import { TaskPool } from './common/concurrency.js';
import { shouldContinueAsNew } from './common/continue-as-new.js';
import { receiveInput } from './common/internal.js';
import { applicationFailure, endedFromOutside, failure } from './common/outcomes.js';
import { Run } from './common/run.js';
import { Waits } from './common/waits.js';
import { runDayUnderItsId } from './day/lock.js';
import { PlanState } from './dry-run/count.js';
import { planBackfill } from './dry-run/plan.js';
import { fairnessKey } from './ids.js';
import { dayReportSignal, retryFailedUpdate, setConcurrencyUpdate, skipDayUpdate, troubledQuery, } from './messages.js';
const BACKFILL_PRIORITY = 5;
export async function backfill(input, internal) {
    const asked = (input ?? {});
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
        const profile = internal?.profile ?? (await look.describeProfile({ profile: checked.profile }));
        run.callsAt(checked.profile, internal?.api_task_queue ?? profile.api_task_queue);
        run.findableBy(profile, { FeishuProfile: checked.profile, FeishuResource: checked.include });
        if (state.range === null)
            await resolveRange(checked, state);
        run.show();
        const leave = async () => {
            const { carried: sums } = state;
            const counted = plan?.counted ?? null;
            const handedOn = { api_task_queue: run.calls.taskQueue, profile, sums, counted, ...run.carried };
            return await continueAsNew(checked, handedOn);
        };
        if (plan)
            return await dryRun({ input: checked, run, state, plan, leave });
        const result = await exportDays({ input: checked, run, state, pool, waits: new Waits() }, profile);
        return result ?? (await leave());
    });
}
function takeBackfillMessages({ run, state, pool, isPlan }) {
    const refuse = (problem) => {
        if (isPlan)
            throw new Error('a dry run exports nothing: it takes pause, resume and cancel');
        if (problem !== null)
            throw new Error(problem);
    };
    const changed = (answer) => {
        pool.wake();
        run.show();
        return answer;
    };
    setHandler(troubledQuery, () => state.troubled);
    setHandler(dayReportSignal, (report) => {
        state.reported(report);
        run.show();
    });
    setHandler(setConcurrencyUpdate, (concurrency) => changed(state.setConcurrency(concurrency)), {
        validator: (concurrency) => refuse(state.whyNotConcurrency(concurrency)),
    });
    setHandler(skipDayUpdate, (day) => changed(state.skip(day)), { validator: (day) => refuse(state.whyNotSkip(day)) });
    setHandler(retryFailedUpdate, (choice) => changed(state.retry(choice?.reasons)), {
        validator: (choice) => refuse(state.whyNotRetry(choice?.reasons)),
    });
}
/** Resolves the range once, from the scheduled time where a schedule started the run. */
async function resolveRange(input, state) {
    const scheduled = workflowInfo().searchAttributes['TemporalScheduledStartTime']?.[0];
    const { profile, from, to, month, days_back, order, refresh } = input;
    const range = await look.describeRange({
        profile,
        at_ms: scheduled instanceof Date ? scheduled.getTime() : Date.now(),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(month === undefined ? {} : { month }),
        ...(days_back === undefined ? {} : { days_back }),
    });
    const { problems } = range;
    if (problems.length > 0)
        throw failure('InvalidInput', describeProblems(problems, 'backfill'), ...problems);
    for (const note of state.resolve({ from: range.from, to: range.to, order, refresh }))
        log.warn(note);
}
async function dryRun({ input, run, state, plan, leave }) {
    const { from = '', to = '' } = state.range ?? {};
    const range = { from, to, days: state.total };
    const found = await run.watched(input.profile, () => planBackfill({ input, run, state: plan, leave }, range));
    plan.ended(found);
    run.finish('complete');
    const nothing = { days: {}, units: {}, tables: {}, gaps: [], restatements: [] };
    return { complete: false, ...nothing, calls: found.calls_of_this_plan, plan: found };
}
/** @returns null where the history has grown enough: what is left is for the next run */
async function exportDays(job, profile) {
    const { run, state, pool, waits } = job;
    while (state.hasNext || pool.size > 0) {
        // What fails while the last days run can still be asked for again.
        if (state.hasNext)
            await startNext(job, profile);
        else
            await pool.change();
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
async function startNext(job, profile) {
    const { run, state, pool } = job;
    await pool.place();
    const task = state.next();
    run.show();
    if (task !== null)
        await pool.run(() => exportOneDay(job, task, profile));
}
/** A day that fails is counted with its reason; only what would fail every day alike ends the backfill. */
async function exportOneDay(job, task, profile) {
    const { input, run, state, waits } = job;
    const { day, refresh } = task;
    try {
        const end = await runDayUnderItsId({
            input: dayInput(input, task),
            profile,
            fetched_since: task.fetched_since,
            run,
            waits,
            priority: { priorityKey: BACKFILL_PRIORITY, fairnessKey: fairnessKey(workflowInfo().workflowId) },
            onWaiting: (holder) => {
                state.waits(day, holder);
                run.show();
            },
        });
        if (end.status === 'ended')
            state.completed(day, end.result);
        else
            state.putBack({ day, refresh, fetched_since: end.fetched_since });
    }
    catch (error) {
        if (CancellationScope.current().consideredCancelled)
            throw error;
        const known = applicationFailure(error);
        const failed = known ? { type: known.type ?? 'Error', reason: known.message } : endedFromOutside(error);
        if (!failed || failed.type === 'CredentialsRejected')
            throw error;
        state.failed(day, failed);
    }
    finally {
        run.show();
    }
}
function dayInput(input, { day, refresh }) {
    const { include, listing, source, user_id_type, room_level_id, profile } = input;
    const { include_external_meetings, include_webinar } = input;
    const optional = room_level_id === undefined ? {} : { room_level_id };
    const flags = { include_external_meetings, include_webinar };
    return { day, include, listing, source, user_id_type, refresh, ...flags, profile, ...optional };
}
//# sourceMappingURL=backfill.js.map