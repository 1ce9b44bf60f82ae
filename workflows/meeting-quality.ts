/**
 * `meetingQuality`: the minutes of everybody in one meeting, one `participantQuality` child per participant-session.
 *
 * Children run in a window of bounded size; a failed one is counted and never stops the rest. When the history has
 * grown enough, the window drains and the run continues as new with a cursor into the stored participant list, so
 * that no session is lost or asked twice.
 */
import type { UnitCounts } from '../model/units.ts';
import { addCounts } from '../model/units.ts';
import { continueAsNew, setHandler, startChild, workflowInfo } from '@temporalio/workflow';
import type {
  DayLocation,
  MeetingRef,
  PendingSession,
  SingleRunLocation,
  StageLocation,
  UnitLocation,
} from '../activities/index.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { sessionsAtOnce, TaskPool } from './common/concurrency.ts';
import { shouldContinueAsNew } from './common/continue-as-new.ts';
import { childWorkflowId } from './ids.ts';
import type { MeetingQualityInput } from './input.ts';
import { progressQuery, type MeetingQualityResult, type Progress } from './messages.ts';
import { parseInput, toDocumentedFailure, unwrapFailure, unitFailure } from './common/outcomes.ts';
import { fetchPages, type ListJob } from './common/pages.ts';
import { eta, finishedUnits, Rate, showDetails } from './common/progress.ts';
import { participantQuality } from './participant-quality.ts';
import { SearchAttributes } from './common/search-attributes.ts';
import { Steering } from './common/steering.ts';
import { files, look, settings } from './common/activities.ts';

/** A run continues as new only between two looks, so this bounds by how much the history outgrows the suggestion. */
const SESSIONS_PER_SLICE = 50;

/** What `exportDay` hands to a meeting of its day. */
export interface DayOfMeeting {
  location: DayLocation;
  meeting: MeetingRef;
  refresh: 'all' | 'unsettled' | 'missing';
  fetched_since: number;
  sessions_at_once: number;
}

/** Carried through continue-as-new. */
interface Carried {
  meetings: MeetingRef[];
  meeting: number;
  cursor: number;
  units: UnitCounts;
  total: number;
  rows: number;
  calls: number;
  startedAtMs: number;
  generation: number;
  firstRunId: string;
  paused: boolean;
  sessionsAtOnce: number;
}

export async function meetingQuality(
  input: unknown,
  day?: DayOfMeeting,
  carried?: Carried,
): Promise<MeetingQualityResult & { calls: number }> {
  const checked = parseInput('meetingQuality', input);
  try {
    return await new MeetingRun(checked, day ?? null, carried ?? null).run();
  } catch (error) {
    throw day ? unwrapFailure(error) : toDocumentedFailure(error);
  }
}

class MeetingRun {
  readonly #input: MeetingQualityInput;
  readonly #day: DayOfMeeting | null;
  readonly #steering: Steering;
  readonly #rate = new Rate();
  readonly #state: Carried;
  readonly #fresh: boolean;
  #done = false;

  constructor(input: MeetingQualityInput, day: DayOfMeeting | null, carried: Carried | null) {
    this.#input = input;
    this.#day = day;
    this.#fresh = carried === null;
    this.#state = carried ?? {
      meetings: [],
      meeting: 0,
      cursor: 0,
      units: {},
      total: 0,
      rows: 0,
      calls: 0,
      startedAtMs: Date.now(),
      generation: day?.location.generation ?? Date.now(),
      firstRunId: workflowInfo().runId,
      paused: false,
      sessionsAtOnce: day?.sessions_at_once ?? 1,
    };
    this.#steering = new Steering({ paused: this.#state.paused, onChange: () => showDetails(this.progress()) });
    setHandler(progressQuery, () => this.progress());
  }

  async #begin(): Promise<void> {
    const { profile, source } = this.#input;
    const { search_attributes, calls_per_second } = await settings.describeProfile({ profile });
    this.#state.sessionsAtOnce = sessionsAtOnce(calls_per_second, source);
    new SearchAttributes(search_attributes).set({ FeishuProfile: profile, FeishuResource: 'participant_quality_list' });
  }

  async run(): Promise<MeetingQualityResult & { calls: number }> {
    return await this.#steering.lead(() => this.#exportMeetings());
  }

  async #exportMeetings(): Promise<MeetingQualityResult & { calls: number }> {
    const state = this.#state;
    if (this.#fresh) {
      if (!this.#day) await this.#begin();
      state.meetings = await this.#findMeetings();
    }
    for (; state.meeting < state.meetings.length; state.meeting++, state.cursor = 0) {
      await this.#exportMeeting(state.meetings[state.meeting]!);
    }
    this.#done = true;
    showDetails(this.progress());
    const { units, rows, calls } = state;
    if (this.#day) return { units, rows, uri: '', calls };
    const { profile, source, participants } = this.#input;
    const table = await files.storeMeetings.executeWithOptions({ summary: 'write the table' }, [
      { profile, source, participants: participants ?? null, location: this.#single(), meetings: state.meetings },
    ]);
    return { units, ...table, calls };
  }

  #single(): SingleRunLocation {
    const { workflowId } = workflowInfo();
    const { firstRunId, generation } = this.#state;
    return { kind: 'single', workflow_id: workflowId, run_id: firstRunId, generation };
  }

  #location(): StageLocation {
    return this.#day?.location ?? this.#single();
  }

  /** The meeting as given, or all of that number that start in the day, looked up by L1. */
  async #findMeetings(): Promise<MeetingRef[]> {
    const { meeting, profile, user_id_type } = this.#input;
    if (this.#day) return [this.#day.meeting];
    if (!('day' in meeting)) return [await settings.describeMeeting({ meeting })];
    const window = await settings.describeDay({ profile, day: meeting.day });
    const range = { start_time: String(window.from), end_time: String(window.ask_until) };
    const query = { ...range, meeting_no: meeting.meeting_no, user_id_type };
    await this.#list({ list: 'meeting_list', query, unit: 'list', settlesAfter: null });
    return await files.readMeetings({ profile, location: this.#location(), window });
  }

  async #list(ask: Pick<ListJob, 'query' | 'settlesAfter'> & { list: ExportResource; unit: string }): Promise<void> {
    const { list, unit, query, settlesAfter } = ask;
    const location = { ...this.#location(), resource: list, unit };
    const job = { profile: this.#input.profile, list, query, location, settlesAfter };
    const outcome = await fetchPages(job, this.#steering);
    this.#state.calls += outcome.calls;
  }

  async #exportMeeting(meeting: MeetingRef): Promise<void> {
    const state = this.#state;
    const { profile, source, user_id_type } = this.#input;
    const participants = await this.#participantsOf(meeting);
    const pool = new TaskPool(() => state.sessionsAtOnce);
    for (;;) {
      const from = { location: this.#location(), cursor: state.cursor, limit: SESSIONS_PER_SLICE };
      const fresh = { refresh: this.#day?.refresh ?? 'all', fetched_since: this.#day?.fetched_since ?? 0 } as const;
      const plan = await look.pendingSessions({ profile, participants, source, user_id_type, ...from, ...fresh });
      if (state.cursor === 0) state.total += plan.total;
      addCounts(state.units, plan.settled);
      for (const session of plan.sessions) await pool.run(() => this.#exportSession(meeting, session));
      if (plan.next_cursor === null) break;
      state.cursor = plan.next_cursor;
      if (shouldContinueAsNew()) {
        await pool.drain();
        const carried = { ...state, paused: this.#steering.paused };
        return await continueAsNew<typeof meetingQuality>(this.#input, this.#day ?? undefined, carried);
      }
    }
    await pool.drain();
  }

  /** The stored list that was handed on, or the meeting's own, listed once by L2. */
  async #participantsOf(meeting: MeetingRef): Promise<string | UnitLocation> {
    const { participants, user_id_type } = this.#input;
    if (participants !== undefined) return participants;
    const { meeting_key: unit, meeting_no, meeting_start_time, meeting_end_time } = meeting;
    if (this.#state.cursor === 0 && meeting.askable) {
      const query = { meeting_no, meeting_start_time, meeting_end_time, user_id_type };
      await this.#list({ list: 'participant_list', query, unit, settlesAfter: Number(meeting_end_time) });
    }
    return { ...this.#location(), resource: 'participant_list', unit };
  }

  async #exportSession(meeting: MeetingRef, session: PendingSession): Promise<void> {
    const { profile, user_id_type } = this.#input;
    const { meeting_no, meeting_start_time, meeting_end_time } = meeting;
    const location = { ...this.#location(), resource: 'participant_quality_list' as const, unit: session.session_key };
    const input = {
      profile,
      source: session.source,
      user_id_type,
      meeting: { meeting_no, meeting_start_time, meeting_end_time },
      participant: session.participant,
    };
    try {
      const result = await this.#steering.child(
        () =>
          startChild(participantQuality, {
            args: [input, location],
            workflowId: childWorkflowId(workflowInfo().workflowId, session.session_key),
            staticSummary: 'one participant-session',
          }),
        (handle) => handle.result(),
      );
      addCounts(this.#state.units, { [result.status]: 1 });
      this.#state.rows += result.rows;
      this.#state.calls += result.calls;
    } catch (error) {
      if (!unitFailure(error)) throw error;
      addCounts(this.#state.units, { failed: 1 });
    }
    this.#rate.mark(this.#state.calls, finishedUnits(this.#state.units));
    showDetails(this.progress());
  }

  progress(): Progress {
    const { units, total, calls, rows, startedAtMs } = this.#state;
    const left = total - finishedUnits(units);
    return {
      state: this.#done ? 'done' : this.#steering.paused ? 'paused' : 'running',
      doing: this.#done ? 'done' : 'asking about each participant-session',
      days: { total: 0, done: 0, running: 0, failed: 0, skipped: 0 },
      units: { total, ...units },
      rows: { quality_minutes: rows },
      calls,
      calls_per_minute: this.#rate.perMinute('calls'),
      waiting_for: this.#steering.paused ? 'resume' : null,
      eta: eta(left, this.#rate.perMinute('units')),
      started_at: new Date(startedAtMs).toISOString(),
      updated_at: new Date(Date.now()).toISOString(),
      running: [],
    };
  }
}
