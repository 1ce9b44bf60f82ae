/** The meetings of a day, some side by side: the participants of each, then the quality of each session. */
import { startChild, workflowInfo } from '@temporalio/workflow';
import type { PendingMeeting } from '../../activities/index.ts';
import { files } from '../common/activities.ts';
import { MEETINGS_AT_ONCE, MEETINGS_WITH_QUALITY_AT_ONCE, Semaphore, TaskPool } from '../common/concurrency.ts';
import { shouldContinueAsNew } from '../common/continue-as-new.ts';
import { unitFailure } from '../common/outcomes.ts';
import { noneRefused } from '../common/refusals.ts';
import { childWorkflowId } from '../ids.ts';
import { meetingQuality } from '../meeting-quality.ts';
import { askOf, type DayContext } from './lists.ts';

/** A run continues as new only between two looks, so this bounds by how much the history outgrows the suggestion. */
const MEETINGS_PER_SLICE = 25;

export class DayMeetings {
  readonly #day: DayContext;
  /** Sessions side by side, whatever the size of their meetings. */
  readonly #sessionsAtOnce: number;
  readonly #sessions: Semaphore;

  constructor(day: DayContext, sessionsAtOnce: number) {
    this.#day = day;
    this.#sessionsAtOnce = sessionsAtOnce;
    this.#sessions = new Semaphore(sessionsAtOnce);
  }

  /** Where the history is full, the meetings before the cursor have ended and nothing is under way. */
  async export(): Promise<{ status: 'done' | 'history is full' }> {
    const { input, run, state, units, fetchedSince: fetched_since } = this.#day;
    const { profile, refresh } = input;
    const { sums } = state;
    const pool = new TaskPool(() =>
      this.#day.state.sums.withQuality ? MEETINGS_WITH_QUALITY_AT_ONCE : MEETINGS_AT_ONCE,
    );
    for (;;) {
      const slice = { location: units.location, window: sums.window, cursor: sums.cursor, limit: MEETINGS_PER_SLICE };
      const plan = await files.pendingMeetings.executeWithOptions({ summary: 'which meetings to ask about' }, [
        { profile, ...slice, day: askOf(input), refresh, fetched_since },
      ]);
      if (sums.cursor === 0) state.meetingsFound(plan.total);
      run.show();
      for (const meeting of plan.meetings) await pool.run(() => this.#exportMeeting(meeting));
      if (plan.next_cursor === null) break;
      sums.cursor = plan.next_cursor;
      if (shouldContinueAsNew()) {
        await pool.drain();
        return { status: 'history is full' };
      }
    }
    await pool.drain();
    return { status: 'done' };
  }

  /** A failure here never stops the other meetings. */
  async #exportMeeting(meeting: PendingMeeting): Promise<void> {
    const { run, state } = this.#day;
    if (!meeting.askable) {
      if (!this.#day.state.sums.withQuality) state.count({ skipped: 1 });
    } else {
      const listed = meeting.list_again ? await this.#listParticipants(meeting) : meeting.listed;
      if (!this.#day.state.sums.withQuality && !meeting.list_again) state.count({ done: 1 });
      if (this.#day.state.sums.withQuality) await this.#exportQuality(meeting, listed);
    }
    state.meetingEnded();
    run.show();
  }

  /** @returns how many rows the list has */
  async #listParticipants(meeting: PendingMeeting): Promise<number> {
    const { input, units } = this.#day;
    const { listing, user_id_type } = input;
    const { meeting_no, meeting_start_time, meeting_end_time, meeting_key } = meeting;
    const request = { meeting_no, meeting_start_time, meeting_end_time, user_id_type };
    const location = units.at('participant_list', meeting_key);
    if (listing === 'export') return await units.exportFile({ location, request });
    return await units.fetchList(location, request, Number(meeting_end_time));
  }

  /** `listed`: the sessions to expect; what they come to is known at the end. */
  async #exportQuality(meeting: PendingMeeting, listed: number): Promise<void> {
    const { input, run, state, units, fetchedSince: fetched_since } = this.#day;
    const { profile, source, user_id_type, refresh, fan_out } = input;
    const { list_again: _again, listed: _listed, ...ref } = meeting;
    const { meeting_no, meeting_start_time, meeting_end_time, meeting_key } = ref;
    const identity = { meeting_no, meeting_start_time, meeting_end_time };
    const ask = { profile, source, user_id_type, fan_out, meeting: identity };
    const sessions_at_once = Math.max(1, Math.min(this.#sessionsAtOnce, listed));
    const day = { location: units.location, meeting: ref, refresh, fetched_since, sessions_at_once };
    const workflowId = childWorkflowId(workflowInfo().workflowId, `quality/${meeting_key}`);
    const staticSummary = 'quality of one meeting';
    state.expect(listed);
    let refused = noneRefused();
    try {
      const result = await this.#sessions.hold(this.#placesOf(sessions_at_once), () =>
        run.steering.child({
          workflowId,
          start: () => {
            const internal = { api_task_queue: run.calls.taskQueue, day };
            return startChild(meetingQuality, { args: [ask, internal], workflowId, staticSummary });
          },
          result: (handle) => handle.result(),
        }),
      );
      state.sessionsEnded(listed, result);
      refused = result.refused ?? noneRefused();
    } catch (error) {
      if (!unitFailure(error)) throw error;
      state.sessionsFailed(listed);
    }
    run.show();
    state.heard('participant_quality_list', refused);
  }

  /** A large meeting takes half of the places, so that the next one is under way when it comes to its last sessions. */
  #placesOf(sessions: number): number {
    return Math.min(sessions, Math.ceil(this.#sessionsAtOnce / 2));
  }
}
