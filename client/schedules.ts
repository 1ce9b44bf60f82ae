/** Backfills that start by themselves: Temporal Schedules of this task queue. */
import { isTimeZone } from '../model/calendar.ts';
import { describeProblems, type InputProblem } from '../model/problems.ts';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { ScheduleOptions, ScheduleSummary } from '@temporalio/client';
import { checkInput, type BackfillInput, type RawInputs } from '../workflows/input.ts';
import { InvalidInputError, ScheduleExistsError, ScheduleNotKnownError } from './errors.ts';
import { canonicalJson } from './running.ts';

/** A day is sealed by the second of two looks that are alike, 30 hours after its end or later: both kinds look as often. */
export const SCHEDULE_DEFAULTS = {
  at: '07:00',
  dayOfMonth: 2,
  lookBackDays: 7,
  timeZone: 'Asia/Shanghai',
  catchUpDays: 7,
};
const DEFAULT_JITTER_MINUTES = 5;
const WORKFLOW_TYPE = 'backfill';

/** Fields of a backfill but the days, which the schedule sets, and `dry_run`. */
type ScheduledFields = Omit<RawInputs['backfill'], 'from' | 'to' | 'month' | 'days_back' | 'dry_run'>;

export interface ScheduleInput {
  /** Unique on the task queue: letters, digits, `.`, `_`, `-`. */
  name: string;
  /** `daily`: the days before the day it starts on. `monthly`: the month before. */
  every: 'daily' | 'monthly';
  /** `HH:mm` in `timeZone`; default 07:00, an hour after the data of the day before have settled. */
  at?: string;
  /**
   * Monthly: 1 to 28, default 2, when meetings that ran into the month's first day have ended. It starts again on the day
   * after: the second look seals what has not changed.
   */
  dayOfMonth?: number;
  /** Daily: how many days each run looks back, 1 to 31, default 7. Days that are sealed cost no call. */
  lookBackDays?: number;
  /** IANA name: the zone of the profile. Default Asia/Shanghai. */
  timeZone?: string;
  /** How late a start that was missed in an outage of the server is made up for, 1 to 365 days, default 7. */
  catchUpDays?: number;
  /** Starts are spread over so many minutes, 0 to 60, default 5. */
  jitterMinutes?: number;
  /** `refresh` is `unsettled` where not given. */
  backfill?: ScheduledFields;
}

export interface ScheduleState {
  name: string;
  scheduleId: string;
  every: 'daily' | 'monthly';
  profile: string;
  at: string;
  timeZone: string;
  paused: boolean;
  note: string | null;
  /** The next few starts. */
  next: Date[];
  /** The last starts, newest first. */
  recent: { scheduledAt: Date; workflowId: string }[];
}

export interface Schedules {
  /**
   * Creates a schedule; one of the same name and the same settings is left as it is.
   * @throws InvalidInputError naming every wrong field
   * @throws ScheduleExistsError where the name is taken by other settings
   */
  create(input: ScheduleInput): Promise<{ scheduleId: string; created: boolean; input: BackfillInput }>;
  /** A schedule shows here after about a second. */
  list(): Promise<ScheduleState[]>;
  /** @throws ScheduleNotKnownError, as the next two */
  pause(name: string, note?: string): Promise<void>;
  resume(name: string, note?: string): Promise<void>;
  /** What it has started goes on. */
  delete(name: string): Promise<void>;
}

export function createSchedules(temporal: Client, taskQueue: string): Schedules {
  const prefix = `${taskQueue}/schedule/`;
  const known = async (name: string, act: (handle: ReturnType<Client['schedule']['getHandle']>) => Promise<void>) => {
    try {
      await act(temporal.schedule.getHandle(prefix + name));
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) throw new ScheduleNotKnownError(name, error);
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

async function create(
  temporal: Client,
  taskQueue: string,
  { scheduleId, input }: { scheduleId: string; input: ScheduleInput },
): Promise<{ scheduleId: string; created: boolean; input: BackfillInput }> {
  const { options, action } = scheduleOptions(taskQueue, { scheduleId, input });
  try {
    await temporal.schedule.create(options);
    return { scheduleId, created: true, input: action };
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { memo } = await temporal.schedule.getHandle(scheduleId).describe();
    if (canonicalJson(memo) !== canonicalJson(options.memo)) throw new ScheduleExistsError(input.name, error);
    return { scheduleId, created: false, input: action };
  }
}

/** @throws InvalidInputError */
function scheduleOptions(
  taskQueue: string,
  { scheduleId, input }: { scheduleId: string; input: ScheduleInput },
): { options: ScheduleOptions; action: BackfillInput } {
  const { name, every, backfill } = input;
  const settings = { ...SCHEDULE_DEFAULTS, jitterMinutes: DEFAULT_JITTER_MINUTES, ...definedOnly(input) };
  const { at, dayOfMonth, lookBackDays, timeZone, catchUpDays, jitterMinutes } = settings;
  const days = every === 'monthly' ? { month: 'previous' } : { days_back: { from: lookBackDays, to: 1 } };
  const checked = checkInput('backfill', { refresh: 'unsettled', ...backfill, ...days });
  const problems = [...problemsOf({ ...settings, name, every }), ...(checked.ok ? [] : checked.problems)];
  if (problems.length > 0 || !checked.ok) {
    throw new InvalidInputError(describeProblems(problems), problems);
  }
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const action = checked.input;
  const options: ScheduleOptions = {
    scheduleId,
    spec: {
      calendars: [{ hour, minute, ...(every === 'monthly' ? { dayOfMonth: [dayOfMonth, dayOfMonth + 1] } : {}) }],
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
function overlapPolicy(schedule: {
  every: 'daily' | 'monthly';
  lookBackDays: number;
  catchUpDays: number;
}): ScheduleOverlapPolicy {
  const { every, lookBackDays, catchUpDays } = schedule;
  const looksBackFarEnough = every === 'daily' ? lookBackDays >= catchUpDays : catchUpDays <= 31;
  return looksBackFarEnough ? ScheduleOverlapPolicy.BUFFER_ONE : ScheduleOverlapPolicy.BUFFER_ALL;
}

type Settings = Required<Omit<ScheduleInput, 'backfill'>>;

function problemsOf(settings: Settings): InputProblem[] {
  const problems: InputProblem[] = [];
  const check = (field: keyof Settings, holds: boolean, takes: string) => {
    if (!holds) problems.push({ field, message: `takes ${takes}` });
  };
  const within = (
    field: 'dayOfMonth' | 'lookBackDays' | 'catchUpDays' | 'jitterMinutes',
    least: number,
    most: number,
  ) =>
    check(
      field,
      Number.isInteger(settings[field]) && settings[field] >= least && settings[field] <= most,
      `a whole number, ${least} to ${most}`,
    );
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

function definedOnly(input: ScheduleInput): ScheduleInput {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== undefined),
  ) as unknown as ScheduleInput;
}

async function list(temporal: Client, prefix: string): Promise<ScheduleState[]> {
  const found: ScheduleState[] = [];
  for await (const summary of temporal.schedule.list()) {
    if (summary.scheduleId.startsWith(prefix)) found.push(stateOf(summary, summary.scheduleId.slice(prefix.length)));
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function stateOf({ scheduleId, state, info, memo }: ScheduleSummary, name: string): ScheduleState {
  const text = (field: string) => (typeof memo?.[field] === 'string' ? memo[field] : '');
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
