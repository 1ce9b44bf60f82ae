/**
 * `participantQuality`: the minutes of one participant-session, by L3 (all pages), by E3, or by both.
 *
 * A unit is done when its record exists. "No such meeting" or "no such device" soon after the meeting may mean that
 * Feishu is not ready: the unit is then pending, not empty. Some 15 history events.
 */
import { sumOf, worstOf } from '../model/units.ts';
import type { SessionPlace, UnitLocation, UnitPlace } from '../activities/index.ts';
import { files } from './common/activities.ts';
import type { ApiCalls } from './common/api-calls.ts';
import { ExportCost, runExport, type ExportJob } from './common/export-task.ts';
import { receiveInput, type Internal } from './common/internal.ts';
import { failure, unitFailure } from './common/outcomes.ts';
import { fetchPages, type UnitOutcome } from './common/pages.ts';
import { Run } from './common/run.ts';
import { beginSingle, singleLocation } from './common/single.ts';
import type { ExportRequest, ParticipantQualityInput } from './input.ts';
import type { ParticipantQualityResult } from './messages.ts';

const RESOURCE = 'participant_quality_list';

/** Handed on by a meeting. */
export interface SessionInternal extends Internal {
  /** Whose minutes, and where they belong: the input names nobody then. Without it the run has a table of its own. */
  location: SessionPlace;
}

/** What a meeting hands its sessions: the input without who it is about. */
export type SessionInput = Omit<ParticipantQualityInput, 'participant'>;

/** What a meeting is told of its session: no more than it adds up, since there are so many. */
export type SessionResult = Pick<UnitOutcome, 'status' | 'rows' | 'calls'> & { reason?: string; refusal?: string };

export async function participantQuality(
  input: unknown,
  internal?: SessionInternal,
): Promise<SessionResult | (ParticipantQualityResult & UnitOutcome)> {
  let done = 0;
  const cost: ExportCost = new ExportCost(() => run.show());
  const run = new Run({ seen: () => ({ doing: cost.doing, calls: sumOf(cost.calls), units: { total: 1, done } }) });
  run.takeMessages();

  return await run.lead(
    async () => {
      const checked = receiveInput('participantQuality', input, internal);
      const { profile, source, meeting, participant, user_id_type } = checked;
      if (internal) {
        run.callsAt(profile, internal.api_task_queue);
        const making = { calls: run.calls, cost };
        return await sessionOfMeeting(checked, internal.location, making);
      }
      const asked = { ...meeting, ...participant, user_id_type };
      await beginSingle(run, { profile, resource: RESOURCE });
      const location = singleLocation(run);
      const unit = 'session';
      return await run.watched(profile, async () => {
        const at: UnitLocation = { ...location, resource: RESOURCE, unit };
        const outcome = await fetchSession(checked, asked, at, { calls: run.calls, cost });
        if (outcome.refusal !== null) throw failure('PermissionDenied', outcome.refusal);
        const table = await files.storeSession.executeWithOptions({ summary: 'write the table' }, [
          { profile, location, session: { unit, source } },
        ]);
        done = 1;
        run.finish('complete');
        return { ...outcome, ...table };
      });
    },
    internal ? 'as it is' : 'documented',
  );
}

/** What a meeting is told of one of its sessions, by a run of its own or not. */
export async function sessionOfMeeting(
  input: SessionInput,
  location: SessionPlace,
  making: Making,
): Promise<SessionResult> {
  return toldOf(await fetchSession(input, { user_id_type: input.user_id_type }, location, making));
}

function toldOf({ status, rows, calls, reason, refusal }: UnitOutcome): SessionResult {
  return { status, rows, calls, ...(reason !== null && { reason }), ...(refusal !== null && { refusal }) };
}

interface Making {
  calls: ApiCalls;
  cost: ExportCost;
}

async function fetchSession(
  input: SessionInput,
  request: ExportRequest,
  location: UnitPlace,
  making: Making,
): Promise<UnitOutcome> {
  const outcomes: UnitOutcome[] = [];
  const settlesAfter = Number(input.meeting.meeting_end_time);
  const { profile, source } = input;
  const unit = (via: 'list' | 'export'): UnitPlace =>
    'session' in location ? location : { ...location, unit: `${location.unit}.${via}` };
  if (source !== 'export') {
    const job = { profile, list: RESOURCE, query: request, location: unit('list'), settlesAfter } as const;
    making.cost.doing = 'reading the list';
    outcomes.push(await fetchPages(job, making.calls));
  }
  if (source !== 'list') {
    const job = { profile, request, location: unit('export'), settles_after: settlesAfter };
    outcomes.push(await byExport({ ...job, resource: RESOURCE }, settlesAfter, making));
  }
  return combined(outcomes);
}

async function byExport(job: ExportJob, settlesAfter: number, { calls, cost }: Making): Promise<UnitOutcome> {
  try {
    const { status, rows } = await runExport({ job, calls, cost });
    return { status, reason: null, refusal: null, rows, pages: 1, calls: sumOf(cost.calls) };
  } catch (error) {
    const failed = unitFailure(error);
    if (!failed) throw error;
    const noData = failed.type === 'NoData';
    const reason = noData ? failed.reason : `${failed.type}: ${failed.reason}`;
    const { profile, location, request } = job;
    const { status } = await files.recordFailure.executeWithOptions({ summary: 'note what came instead of a file' }, [
      {
        profile,
        location,
        reason,
        request,
        via: 'export',
        ...cost.told,
        ...(noData ? { no_data: { settles_after: settlesAfter } } : {}),
      },
    ]);
    const refusal = failed.type === 'PermissionDenied' ? failed.reason : null;
    return { status, reason, refusal, rows: 0, pages: 0, calls: sumOf(cost.calls) };
  }
}

/** Of a session that was asked both ways. */
function combined(outcomes: UnitOutcome[]): UnitOutcome {
  const { status, reason } = worstOf(outcomes);
  return {
    status,
    reason,
    refusal: outcomes.find(({ refusal }) => refusal !== null)?.refusal ?? null,
    rows: Math.max(...outcomes.map((outcome) => outcome.rows)),
    pages: outcomes.reduce((sum, outcome) => sum + outcome.pages, 0),
    calls: outcomes.reduce((sum, outcome) => sum + outcome.calls, 0),
  };
}
