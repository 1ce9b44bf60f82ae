/**
 * `meetingQuality`: the minutes of everybody in one meeting, one `participantQuality` child per participant-session, or
 * with `fan_out` `activity` the same calls without a child.
 *
 * So many sessions run side by side; a failed one is counted and never stops the rest. When the history has
 * grown enough, those that run end and the run continues as new with a cursor into the stored participant list, so
 * that no session is lost or asked twice.
 */
import { addGap, topGaps } from '../model/gaps.ts';
import { addCounts, type Refresh, type UnitCounts } from '../model/units.ts';
import { continueAsNew, startChild, workflowInfo } from '@temporalio/workflow';
import type {
  DayLocation,
  DescribedProfile,
  MeetingRef,
  PendingSession,
  SessionPlace,
  StageLocation,
} from '../activities/index.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { files, look } from './common/activities.ts';
import { sessionsAtOnce, TaskPool } from './common/concurrency.ts';
import { shouldContinueAsNew } from './common/continue-as-new.ts';
import { ExportCost } from './common/export-task.ts';
import { receiveInput, type Internal } from './common/internal.ts';
import { failure, unitFailure } from './common/outcomes.ts';
import { readToEnd, type ListJob, type UnitOutcome } from './common/pages.ts';
import { noneRefused, noteRefusal, whyHopeless, type Refused } from './common/refusals.ts';
import { Run } from './common/run.ts';
import { beginSingle, singleLocation } from './common/single.ts';
import { childWorkflowId } from './ids.ts';
import type { MeetingQualityInput } from './input.ts';
import type { Gap, MeetingQualityResult } from './messages.ts';
import { participantQuality, sessionOfMeeting, type SessionInput } from './participant-quality.ts';

/** A run continues as new only between two looks, so this bounds by how much the history outgrows the suggestion. */
const SESSIONS_PER_SLICE = 50;

/** What `exportDay` hands to a meeting of its day. */
export interface DayOfMeeting {
  location: DayLocation;
  meeting: MeetingRef;
  refresh: Refresh;
  fetched_since: number;
  sessions_at_once: number;
}

/** Carried through continue-as-new. */
interface Sums {
  meetings: MeetingRef[];
  meeting: number;
  cursor: number;
  units: UnitCounts;
  total: number;
  rows: number;
  calls: number;
  sessionsAtOnce: number;
  refused: Refused;
  gaps: Gap[];
}

/** Handed on by a day, and when it continues as new. */
export interface MeetingInternal extends Internal {
  day?: DayOfMeeting | undefined;
  carried?: { sums: Sums; profile: DescribedProfile | null; paused: boolean; startedAtMs: number };
}

/** `refused`: told to the day that it is a meeting of, and to nobody else. */
type Result = MeetingQualityResult & { calls: number; refused?: Refused };

interface Meeting {
  input: MeetingQualityInput;
  run: Run;
  sums: Sums;
  /** Null for a run of its own. */
  day: DayOfMeeting | null;
  location: StageLocation;
  profile: DescribedProfile | null;
}

export async function meetingQuality(input: unknown, internal?: MeetingInternal): Promise<Result> {
  const day = internal?.day ?? null;
  const sums = internal?.carried?.sums ?? nothingYet(day);
  const run = new Run({ seen: () => seenOf(sums), carried: internal?.carried });
  run.takeMessages();

  return await run.lead(
    async () => {
      const checked = receiveInput('meetingQuality', input, internal);
      if (day && internal) {
        run.callsAt(checked.profile, internal.api_task_queue);
        return await exportMeetings({ input: checked, run, sums, day, location: day.location, profile: null });
      }
      const known = internal?.carried?.profile ?? undefined;
      const profile = await beginSingle(run, { profile: checked.profile, resource: 'participant_quality_list', known });
      if (!internal) sums.sessionsAtOnce = sessionsAtOnce(profile.calls_per_second, checked.source);
      const meeting = { input: checked, run, sums, day, location: singleLocation(run), profile };
      return await run.watched(checked.profile, () => exportMeetings(meeting));
    },
    day ? 'as it is' : 'documented',
  );
}

function nothingYet(day: DayOfMeeting | null): Sums {
  const counts = { units: {}, total: 0, rows: 0, calls: 0, refused: noneRefused(), gaps: [] };
  return { meetings: [], meeting: 0, cursor: 0, ...counts, sessionsAtOnce: day?.sessions_at_once ?? 1 };
}

function seenOf({ units, total, calls, rows }: Sums) {
  const doing = 'asking about each participant-session';
  return { doing, units: { total, ...units }, rows: { quality_minutes: rows }, calls };
}

async function exportMeetings(meeting: Meeting): Promise<Result> {
  const { input, run, sums, day, location } = meeting;
  if (sums.meetings.length === 0) sums.meetings = await findMeetings(meeting);
  for (; sums.meeting < sums.meetings.length; sums.meeting++, sums.cursor = 0) {
    await exportMeeting(meeting, sums.meetings[sums.meeting]!);
  }
  const { units, rows, calls, refused } = sums;
  const gaps = topGaps(sums.gaps);
  const lacking = (units.failed ?? 0) + (units.pending ?? 0) + gaps.length;
  const outcome = lacking === 0 ? 'complete' : 'incomplete';
  if (day || location.kind !== 'single') {
    run.finish(outcome);
    return { units, rows, uri: '', gaps, calls, refused };
  }
  const { profile, source, participants = null } = input;
  const table = await files.storeMeetings.executeWithOptions({ summary: 'write the table' }, [
    { profile, source, participants, location, meetings: sums.meetings },
  ]);
  run.finish(outcome);
  return { units, ...table, gaps, calls };
}

/** The meeting as given, or all of that number that start in the day, looked up by L1. */
async function findMeetings({ input, run, sums, day, location }: Meeting): Promise<MeetingRef[]> {
  const { meeting, profile, user_id_type } = input;
  if (day) return [day.meeting];
  if (!('day' in meeting)) return [await look.describeMeeting({ meeting })];
  const window = await look.describeDay({ profile, day: meeting.day });
  const range = { start_time: String(window.from), end_time: String(window.ask_until) };
  const query = { ...range, meeting_no: meeting.meeting_no, user_id_type };
  await list({ input, run, sums, location }, { list: 'meeting_list', query, unit: 'list', settlesAfter: null });
  const found = await files.readMeetings({ profile, location, window });
  if (found.length === 0) noteGap(sums, 'no ended meeting of this number starts in the day');
  return found;
}

/** A log id is that of one call and would keep equal reasons apart. */
function noteGap({ gaps }: Sums, words: string): void {
  const reason = words.replaceAll(/,? ?log id [\w-]+/g, '');
  addGap(gaps, { reason, count: 1 });
}

/** Without the list there is nothing to answer with. @throws what keeps it from being read */
async function list(
  { input, run, sums, location }: Pick<Meeting, 'input' | 'run' | 'sums' | 'location'>,
  ask: Pick<ListJob, 'query' | 'settlesAfter'> & { list: ExportResource; unit: string },
): Promise<UnitOutcome> {
  const { list: resource, unit, query, settlesAfter } = ask;
  const job = {
    profile: input.profile,
    list: resource,
    query,
    location: { ...location, resource, unit },
    settlesAfter,
  };
  const outcome = await readToEnd(job, run.calls);
  sums.calls += outcome.calls;
  run.show();
  return outcome;
}

async function exportMeeting(meeting: Meeting, ref: MeetingRef): Promise<void> {
  const { input, run, sums, day, location } = meeting;
  const { profile, source, user_id_type } = input;
  const participants = await participantsOf(meeting, ref);
  const pool = new TaskPool(() => sums.sessionsAtOnce);
  for (;;) {
    const slice = { location, cursor: sums.cursor, limit: SESSIONS_PER_SLICE };
    const fresh = { refresh: day?.refresh ?? 'all', fetched_since: day?.fetched_since ?? 0 } as const;
    const plan = await look.pendingSessions({ profile, participants, source, user_id_type, ...slice, ...fresh });
    if (sums.cursor === 0) sums.total += plan.total;
    addCounts(sums.units, plan.settled);
    for (const session of plan.sessions) {
      if (isHopeless(meeting)) break;
      await pool.run(() => exportSession(meeting, ref, { ...session, participants }));
    }
    if (plan.next_cursor === null || isHopeless(meeting)) break;
    sums.cursor = plan.next_cursor;
    if (shouldContinueAsNew()) {
      await pool.drain();
      const carried = { sums, profile: meeting.profile, ...run.carried };
      const handedOn = { api_task_queue: run.calls.taskQueue, day: day ?? undefined, carried };
      return await continueAsNew<typeof meetingQuality>(input, handedOn);
    }
  }
  await pool.drain();
}

/**
 * Whether the first sessions were all refused. Of a day that is one odd meeting, whose other sessions are left.
 * @throws ApplicationFailure `PermissionDenied` where it is the run
 */
function isHopeless({ sums, day }: Meeting): boolean {
  const why = whyHopeless(sums.refused, 'participant-sessions');
  if (why !== null && !day) throw failure('PermissionDenied', why);
  return why !== null;
}

/** The key of the stored list that was handed on, or the unit of the meeting's own: a day has listed it, another run does by L2. */
async function participantsOf(meeting: Meeting, ref: MeetingRef): Promise<string> {
  const { participants, user_id_type } = meeting.input;
  if (participants !== undefined) return participants;
  if (meeting.day) return ref.meeting_key;
  const { meeting_key: unit, meeting_no, meeting_start_time, meeting_end_time } = ref;
  if (meeting.sums.cursor === 0 && !ref.askable) {
    noteGap(meeting.sums, 'meetings of over 24 h, and those without an end, cannot be asked about (126006)');
  } else if (meeting.sums.cursor === 0) {
    const query = { meeting_no, meeting_start_time, meeting_end_time, user_id_type };
    const settlesAfter = Number(meeting_end_time);
    const { status, reason } = await list(meeting, { list: 'participant_list', query, unit, settlesAfter });
    if (status !== 'done') noteGap(meeting.sums, `nobody is listed: ${reason ?? 'an empty answer'}`);
  }
  return unit;
}

/** The child is told which meeting, and whom only by the session's name and the list that has it. */
async function exportSession(
  { input, run, sums, location }: Meeting,
  ref: MeetingRef,
  { session, participants, source }: PendingSession & { participants: string },
) {
  const { profile, user_id_type } = input;
  const { meeting_no, meeting_start_time, meeting_end_time } = ref;
  const meeting = { meeting_no, meeting_start_time, meeting_end_time };
  const ask: SessionInput = { profile, source, user_id_type, meeting };
  const at = { ...location, session, participants };
  try {
    const result =
      input.fan_out === 'workflow'
        ? await sessionByWorkflow(run, ask, at)
        : await sessionOfMeeting(ask, at, { calls: run.calls, cost: new ExportCost(() => run.show()) });
    addCounts(sums.units, { [result.status]: 1 });
    noteRefusal(sums.refused, result.refusal ?? null);
    if (result.status === 'failed') noteGap(sums, `sessions failed: ${result.reason ?? 'no reason given'}`);
    sums.rows += result.rows;
    sums.calls += result.calls;
  } catch (error) {
    if (!unitFailure(error)) throw error;
    addCounts(sums.units, { failed: 1 });
  }
  run.show();
}

/** A run of its own, which the operator sees, and which takes three times the events. */
async function sessionByWorkflow(run: Run, ask: SessionInput, at: SessionPlace) {
  const workflowId = childWorkflowId(workflowInfo().workflowId, at.session);
  return await run.steering.child({
    workflowId,
    start: () =>
      startChild(participantQuality, {
        args: [ask, { api_task_queue: run.calls.taskQueue, location: at }],
        workflowId,
        staticSummary: 'one participant-session',
      }),
    result: (handle) => handle.result(),
  });
}
