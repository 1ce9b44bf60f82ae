/** Backfills that start by themselves: Temporal Schedules of this task queue. */
import { isTimeZone } from '../model/calendar.js';
import { describeProblems } from '../model/problems.js';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { checkInput } from '../workflows/input.js';
import { InvalidInputError, ScheduleExistsError, ScheduleNotKnownError } from './errors.js';
import { canonicalJson } from './running.js';
const DEFAULTS = { at: '07:00', dayOfMonth: 2, lookBackDays: 7, timeZone: 'Asia/Shanghai', catchUpDays: 7 };
const DEFAULT_JITTER_MINUTES = 5;
const WORKFLOW_TYPE = 'backfill';
export function createSchedules(temporal, taskQueue) {
    const prefix = `${taskQueue}/schedule/`;
    const known = async (name, act) => {
        try {
            await act(temporal.schedule.getHandle(prefix + name));
        }
        catch (error) {
            if (error instanceof ScheduleNotFoundError)
                throw new ScheduleNotKnownError(name, error);
            throw error;
        }
    };
    return {
        create: (input) => create(temporal, taskQueue, { scheduleId: prefix + input.name, input }),
        list: () => list(temporal, prefix),
        pause: (name, note) => known(name, (handle) => handle.pause(note)),
        resume: (name, note) => known(name, (handle) => handle.unpause(note)),
        delete: (name) => known(name, (handle) => handle.delete()),
    };
}
async function create(temporal, taskQueue, { scheduleId, input }) {
    const { options, action } = scheduleOptions(taskQueue, { scheduleId, input });
    try {
        await temporal.schedule.create(options);
        return { scheduleId, created: true, input: action };
    }
    catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning))
            throw error;
        const { memo } = await temporal.schedule.getHandle(scheduleId).describe();
        if (canonicalJson(memo) !== canonicalJson(options.memo))
            throw new ScheduleExistsError(input.name, error);
        return { scheduleId, created: false, input: action };
    }
}
/** @throws InvalidInputError */
function scheduleOptions(taskQueue, { scheduleId, input }) {
    const { name, every, backfill } = input;
    const settings = { ...DEFAULTS, jitterMinutes: DEFAULT_JITTER_MINUTES, ...definedOnly(input) };
    const { at, dayOfMonth, lookBackDays, timeZone, catchUpDays, jitterMinutes } = settings;
    const days = every === 'monthly' ? { month: 'previous' } : { days_back: { from: lookBackDays, to: 1 } };
    const checked = checkInput('backfill', { refresh: 'unsettled', ...backfill, ...days });
    const problems = [...problemsOf({ ...settings, name, every }), ...(checked.ok ? [] : checked.problems)];
    if (problems.length > 0 || !checked.ok) {
        throw new InvalidInputError(describeProblems(problems), problems);
    }
    const [hour = 0, minute = 0] = at.split(':').map(Number);
    const action = checked.input;
    const options = {
        scheduleId,
        spec: {
            calendars: [{ hour, minute, ...(every === 'monthly' ? { dayOfMonth } : {}) }],
            timezone: timeZone,
            jitter: `${jitterMinutes} minutes`,
        },
        action: {
            type: 'startWorkflow',
            workflowType: WORKFLOW_TYPE,
            // Temporal adds the time that the run was scheduled for.
            workflowId: `${taskQueue}/backfill/${action.profile}/${name}`,
            taskQueue,
            args: [action],
        },
        policies: {
            overlap: overlapPolicy({ every, lookBackDays, catchUpDays }),
            catchupWindow: `${catchUpDays} days`,
        },
        memo: { every, profile: action.profile, at, timeZone, dayOfMonth, catchUpDays, jitterMinutes, input: action },
    };
    return { options, action };
}
/**
 * One run waits for the one before it: two would only wait for each other's days. What is dropped beyond that is looked
 * at by the next run, as long as it looks back further than the longest outage that is made up for; where it does not,
 * every run has to wait its turn.
 */
function overlapPolicy(schedule) {
    const { every, lookBackDays, catchUpDays } = schedule;
    const looksBackFarEnough = every === 'daily' ? lookBackDays >= catchUpDays : catchUpDays <= 31;
    return looksBackFarEnough ? ScheduleOverlapPolicy.BUFFER_ONE : ScheduleOverlapPolicy.BUFFER_ALL;
}
function problemsOf(settings) {
    const problems = [];
    const check = (field, holds, takes) => {
        if (!holds)
            problems.push({ field, message: `takes ${takes}` });
    };
    const within = (field, least, most) => check(field, Number.isInteger(settings[field]) && settings[field] >= least && settings[field] <= most, `a whole number, ${least} to ${most}`);
    check('name', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(settings.name), 'a name of letters, digits, . _ -');
    check('every', ['daily', 'monthly'].includes(settings.every), 'daily or monthly');
    check('at', /^([01]\d|2[0-3]):[0-5]\d$/.test(settings.at), 'a time of day, HH:mm');
    check('timeZone', isTimeZone(settings.timeZone), 'an IANA time zone, such as Asia/Shanghai');
    within('dayOfMonth', 1, 28);
    within('lookBackDays', 1, 31);
    within('catchUpDays', 1, 365);
    within('jitterMinutes', 0, 60);
    return problems;
}
function definedOnly(input) {
    return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
async function list(temporal, prefix) {
    const found = [];
    for await (const summary of temporal.schedule.list()) {
        if (summary.scheduleId.startsWith(prefix))
            found.push(stateOf(summary, summary.scheduleId.slice(prefix.length)));
    }
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
function stateOf({ scheduleId, state, info, memo }, name) {
    const text = (field) => (typeof memo?.[field] === 'string' ? memo[field] : '');
    return {
        name,
        scheduleId,
        every: text('every') === 'monthly' ? 'monthly' : 'daily',
        profile: text('profile'),
        at: text('at'),
        timeZone: text('timeZone'),
        paused: state.paused,
        note: state.note === undefined || state.note === '' ? null : state.note,
        next: info.nextActionTimes,
        recent: info.recentActions
            .map(({ scheduledAt, action }) => ({ scheduledAt, workflowId: action.workflow.workflowId }))
            .toReversed(),
    };
}
//# sourceMappingURL=schedules.js.map