/**
 * `exportDay`: all tables of one day of the tenant, then their commit.
 *
 * Lists the meetings (E1, and L1 where asked), the participants of each (L2, or E2), their quality, the reservations
 * (E4): children in a bounded window. What each fetched lies in the stage (raw files and a record per unit), and the
 * commit reads the stage: a worker that dies costs no call, a column that changes neither. Under any other id than
 * the day's own it runs the day as a child, so that a day is fetched by one run at a time. When the history has grown
 * enough, the window drains and the run continues as new at the next meeting.
 */
import type { UnitStatus } from '../model/units.ts';
import { addCounts } from '../model/units.ts';
import { continueAsNew, getExternalWorkflowHandle, setHandler, startChild, workflowInfo } from '@temporalio/workflow';
import type { Committed, DayAsk, DayLocation, DayWindow, PendingMeeting, UnitLocation } from '../activities/index.ts';
import { begunDay, runUnderDayLock } from './day/lock.ts';
import { DayUnits } from './day/units.ts';
import {
  MEETINGS_AT_ONCE,
  MEETINGS_WITH_QUALITY_AT_ONCE,
  Semaphore,
  sessionsAtOnce,
  TaskPool,
} from './common/concurrency.ts';
import { shouldContinueAsNew } from './common/continue-as-new.ts';
import { childWorkflowId, dayWorkflowId } from './ids.ts';
import type { ExportDayInput } from './input.ts';
import { meetingQuality } from './meeting-quality.ts';
import { dayReportSignal, progressQuery, type DayReport, type ExportDayResult, type Progress } from './messages.ts';
import { parseInput, toDocumentedFailure, topGaps, unitFailure } from './common/outcomes.ts';
import { dayProgress, finishedUnits, Rate, Reporter, showDetails, startingProgress } from './common/progress.ts';
import { watchingQuota } from './common/waiting.ts';
import { SearchAttributes } from './common/search-attributes.ts';
import { Steering } from './common/steering.ts';
import { files, settings } from './common/activities.ts';

/** A run continues as new only between two looks, so this bounds by how much the history outgrows the suggestion. */
const MEETINGS_PER_SLICE = 25;

/** Carried through continue-as-new. */
interface Carried {
  window: DayWindow;
  generation: number;
  cursor: number;
  units: DayReport['units'];
  meetings: number;
  meetingsDone: number;
  rows: Record<string, number>;
  calls: number;
  startedAtMs: number;
  paused: boolean;
  /** Names of the search attributes that the worker found registered. */
  attributes: string[];
  /** Sessions side by side, whatever the size of their meetings. */
  sessionsAtOnce: number;
}

/**
 * @param fetchedSince what was fetched since then (unix ms) is not asked for again: another run of the day did it while this one waited
 */
export async function exportDay(input: unknown, fetchedSince = 0, carried?: Carried): Promise<ExportDayResult> {
  const checked = parseInput('exportDay', input);
  // Whoever has just started it may ask at once.
  setHandler(progressQuery, startingProgress);
  try {
    if (workflowInfo().workflowId !== dayWorkflowId(workflowInfo().taskQueue, checked.profile, checked.day))
      return await runUnderDayLock(checked);
    const run = carried ? new DayRun(checked, fetchedSince, carried) : await beginDay(checked, fetchedSince);
    return await run.run();
  } catch (error) {
    throw toDocumentedFailure(error);
  }
}

async function beginDay(input: ExportDayInput, fetchedSince: number): Promise<DayRun> {
  const window = await begunDay(input);
  const { search_attributes, calls_per_second } = await settings.describeProfile({ profile: input.profile });
  return new DayRun(input, fetchedSince, {
    window,
    generation: Date.now(),
    cursor: -1,
    units: { total: 0 },
    meetings: 0,
    meetingsDone: 0,
    rows: {},
    calls: 0,
    startedAtMs: Date.now(),
    paused: false,
    attributes: search_attributes,
    sessionsAtOnce: sessionsAtOnce(calls_per_second, input.source),
  });
}

class DayRun {
  readonly #input: ExportDayInput;
  readonly #fetchedSince: number;
  readonly #state: Carried;
  readonly #steering: Steering;
  readonly #location: DayLocation;
  readonly #units: DayUnits;
  readonly #sessions: Semaphore;
  readonly #rate = new Rate();
  readonly #reporter = new Reporter();
  readonly #attributes: SearchAttributes;
  #doing = 'starting';
  #waitingFor: string | null = null;
  #done = false;

  constructor(input: ExportDayInput, fetchedSince: number, state: Carried) {
    this.#input = input;
    this.#fetchedSince = fetchedSince;
    this.#state = state;
    this.#attributes = new SearchAttributes(state.attributes);
    this.#sessions = new Semaphore(state.sessionsAtOnce);
    const { profile, include, day } = input;
    this.#attributes.set({ FeishuProfile: profile, FeishuResource: include.join(','), FeishuDay: day });
    this.#location = { kind: 'day', profile: input.profile, day: input.day, generation: state.generation };
    this.#steering = new Steering({ paused: state.paused, onChange: () => this.#show() });
    this.#units = new DayUnits({
      profile: input.profile,
      location: this.#location,
      steering: this.#steering,
      onEnd: (location, status, calls) => this.#unitEnded(location, status, calls),
    });
    setHandler(progressQuery, () => this.progress());
  }

  async run(): Promise<ExportDayResult> {
    const watched = {
      profile: this.#input.profile,
      moved: () => this.#state.calls + this.#state.meetingsDone,
      onWaiting: (waitingFor: string | null) => {
        this.#waitingFor = waitingFor;
        this.#show();
      },
    };
    return await this.#steering.lead(() => watchingQuota(watched, () => this.#exportDay()));
  }

  async #exportDay(): Promise<ExportDayResult> {
    const { include, refresh } = this.#input;
    const state = this.#state;
    if (refresh === 'unsettled' && state.cursor < 0) {
      const sealed = await files.sealedDay.executeWithOptions({ summary: 'is the day sealed' }, [
        { location: this.#location, include, day: this.#ask() },
      ]);
      if (sealed) return this.#finish({ ...sealed, restatements: [] });
    }
    if (state.cursor < 0) {
      await Promise.all([this.#listMeetings(), include.includes('reservations') ? this.#listReservations() : null]);
      state.cursor = 0;
    }
    if (include.includes('participants') || include.includes('quality_minutes')) await this.#exportMeetings();
    this.#say('writing the tables');
    const { day, profile } = this.#input;
    const committed = await files.commitDay.executeWithOptions({ summary: `write the tables of ${day}` }, [
      {
        location: this.#location,
        profile,
        window: state.window,
        include,
        day: this.#ask(),
      },
    ]);
    return this.#finish(committed);
  }

  #finish(committed: Committed): ExportDayResult {
    this.#done = true;
    this.#attributes.set({ FeishuStatus: committed.complete ? 'complete' : 'incomplete' });
    this.#state.rows = committed.tables;
    this.#say('done');
    return { ...committed, gaps: topGaps(committed.gaps), calls: this.#state.calls };
  }

  /** The day's meetings, from the day's start to a day after its end: what starts in the day is kept, whatever a window means. */
  async #listMeetings(): Promise<void> {
    const { include, include_external_meetings, include_webinar, user_id_type } = this.#input;
    if (!include.some((table) => table !== 'reservations')) return;
    this.#say('listing the meetings');
    const { from, ask_until } = this.#state.window;
    const range = { start_time: String(from), end_time: String(ask_until), user_id_type };
    const exported = this.#units.at('meeting_list', 'export');
    const listed = this.#units.at('meeting_list', 'list');
    const [askExport, askList] = await this.#mustAsk([exported, listed]);
    const listQuery = { ...range, include_external_meetings, include_webinar };
    await Promise.all([
      askExport ? this.#units.exportFile({ location: exported, request: range, required: true }) : null,
      askList && (include_external_meetings || include_webinar) ? this.#units.fetchList(listed, listQuery, null) : null,
    ]);
    this.#say('asking about each meeting');
  }

  /** Windows of a day at most, half a day apart, so that a booking of up to 12 hours lies whole in one, whatever a window means. */
  async #listReservations(): Promise<void> {
    const { room_level_id } = this.#input;
    if (room_level_id === undefined) return;
    const windows = this.#state.window.reservation_windows;
    const rooms = this.#units.at('rooms', 'rooms');
    const locations = windows.map((_, index) => this.#units.at('resource_reservation_list', `window-${index + 1}`));
    const [askRooms, ...ask] = await this.#mustAsk([rooms, ...locations]);
    this.#state.units.total += 1 + windows.length;
    await Promise.all([
      askRooms ? this.#units.fetchList(rooms, { room_level_id }, null) : this.#count({ done: 1 }),
      ...locations.map((location, index) => {
        if (ask[index] === false) return this.#count({ done: 1 });
        const { from, to } = windows[index]!;
        const request = { room_level_id, need_topic: true, start_time: String(from), end_time: String(to) };
        return this.#units.exportFile({ location, request });
      }),
    ]);
  }

  async #mustAsk(locations: UnitLocation[]): Promise<boolean[]> {
    const fresh = { refresh: this.#input.refresh, fetched_since: this.#fetchedSince };
    const { ask } = await files.pendingUnits.executeWithOptions({ summary: 'what is there already' }, [
      { locations, window: this.#state.window, day: this.#ask(), ...fresh },
    ]);
    return ask;
  }

  /** How the day is asked for: answers to anything else do not count. */
  #ask(): DayAsk {
    const { user_id_type, listing, source, room_level_id, include_external_meetings, include_webinar } = this.#input;
    const flags = { include_external_meetings, include_webinar };
    return { user_id_type, listing, source, room_level_id: room_level_id ?? null, ...flags };
  }

  async #exportMeetings(): Promise<void> {
    const { include, refresh, profile } = this.#input;
    const state = this.#state;
    const pool = new TaskPool(() =>
      include.includes('quality_minutes') ? MEETINGS_WITH_QUALITY_AT_ONCE : MEETINGS_AT_ONCE,
    );
    for (;;) {
      const slice = { location: this.#location, window: state.window, cursor: state.cursor, limit: MEETINGS_PER_SLICE };
      const plan = await files.pendingMeetings.executeWithOptions({ summary: 'which meetings to ask about' }, [
        { profile, ...slice, day: this.#ask(), refresh, fetched_since: this.#fetchedSince },
      ]);
      if (state.cursor === 0) {
        state.meetings = plan.total;
        if (!include.includes('quality_minutes')) state.units.total += plan.total;
      }
      for (const meeting of plan.meetings) await pool.run(() => this.#exportMeeting(meeting));
      if (plan.next_cursor === null) break;
      state.cursor = plan.next_cursor;
      if (shouldContinueAsNew()) {
        await pool.drain();
        const carried = { ...state, paused: this.#steering.paused };
        return await continueAsNew<typeof exportDay>(this.#input, this.#fetchedSince, carried);
      }
    }
    await pool.drain();
  }

  /** The participants of one meeting, then the quality of each. A failure here never stops the other meetings. */
  async #exportMeeting(meeting: PendingMeeting): Promise<void> {
    const quality = this.#input.include.includes('quality_minutes');
    if (!meeting.askable) {
      if (!quality) this.#count({ skipped: 1 });
    } else {
      const listed = meeting.list_again ? await this.#listParticipants(meeting) : meeting.listed;
      if (!quality && !meeting.list_again) this.#count({ done: 1 });
      if (quality) await this.#exportQuality(meeting, listed);
    }
    this.#state.meetingsDone++;
    this.#show();
  }

  /** @returns how many rows the list has */
  async #listParticipants(meeting: PendingMeeting): Promise<number> {
    const { listing, user_id_type } = this.#input;
    const { meeting_no, meeting_start_time, meeting_end_time, meeting_key } = meeting;
    const request = { meeting_no, meeting_start_time, meeting_end_time, user_id_type };
    const location = this.#units.at('participant_list', meeting_key);
    if (listing === 'export') return await this.#units.exportFile({ location, request });
    return await this.#units.fetchList(location, request, Number(meeting_end_time));
  }

  /** `listed`: the sessions to expect; what they come to is known at the end. */
  async #exportQuality(meeting: PendingMeeting, listed: number): Promise<void> {
    const { profile, source, user_id_type, refresh } = this.#input;
    const { list_again: _again, listed: _listed, participants, ...ref } = meeting;
    const { meeting_no, meeting_start_time, meeting_end_time, meeting_key } = ref;
    const identity = { meeting_no, meeting_start_time, meeting_end_time };
    const input = { profile, source, user_id_type, participants, meeting: identity };
    const fetched_since = this.#fetchedSince;
    const sessions_at_once = Math.max(1, Math.min(this.#state.sessionsAtOnce, listed));
    const day = { location: this.#location, meeting: ref, refresh, fetched_since, sessions_at_once };
    const workflowId = this.#childId(`quality/${meeting_key}`);
    this.#state.units.total += listed;
    try {
      const result = await this.#sessions.hold(this.#placesOf(sessions_at_once), () =>
        this.#steering.child(
          () => startChild(meetingQuality, { args: [input, day], workflowId, staticSummary: 'quality of one meeting' }),
          (handle) => handle.result(),
        ),
      );
      this.#state.units.total += finishedUnits(result.units) - listed;
      this.#count(result.units, result.calls);
    } catch (error) {
      if (!unitFailure(error)) throw error;
      this.#state.units.total += 1 - listed;
      this.#count({ failed: 1 });
    }
  }

  /** A large meeting takes half of the places, so that the next one is under way when it comes to its last sessions. */
  #placesOf(sessions: number): number {
    return Math.min(sessions, Math.ceil(this.#state.sessionsAtOnce / 2));
  }

  /** The meeting lists are no units; with quality, the units of a meeting are its sessions, not its list. */
  #unitEnded({ resource }: UnitLocation, status: UnitStatus | null, calls: number): void {
    const sessionsInstead = resource === 'participant_list' && this.#input.include.includes('quality_minutes');
    const counts = status !== null && resource !== 'meeting_list' && !sessionsInstead;
    this.#count(counts ? { [status]: 1 } : {}, calls);
  }

  #childId(part: string): string {
    return childWorkflowId(workflowInfo().workflowId, part);
  }

  #count(units: Parameters<typeof addCounts>[1], calls = 0): void {
    addCounts(this.#state.units, units);
    this.#state.calls += calls;
    this.#show();
  }

  #say(doing: string): void {
    this.#doing = doing;
    this.#show();
  }

  #report(): DayReport {
    const { units, calls, meetings, meetingsDone } = this.#state;
    const doing =
      meetings > 0 && !this.#done ? `${this.#doing} (${meetingsDone} of ${meetings} meetings)` : this.#doing;
    return {
      day: this.#input.day,
      doing,
      units: { ...units },
      calls,
      waiting_for: this.#steering.paused ? 'resume' : this.#waitingFor,
    };
  }

  #show(): void {
    const report = this.#report();
    this.#rate.mark(report.calls, finishedUnits(report.units));
    const progress = this.progress();
    showDetails(progress);
    if (!this.#done) this.#attributes.set({ FeishuStatus: progress.state });
    const parent = workflowInfo().parent;
    if (!parent || !this.#reporter.due(report)) return;
    // A parent that has ended needs no report.
    void getExternalWorkflowHandle(parent.workflowId)
      .signal(dayReportSignal, report)
      .catch(() => {});
  }

  progress(): Progress {
    const { startedAtMs, rows } = this.#state;
    return dayProgress(this.#report(), {
      rate: this.#rate,
      paused: this.#steering.paused,
      startedAtMs,
      rows,
      done: this.#done,
    });
  }
}
