/**
 * `participantQuality`: the minutes of one participant-session, by L3 (all pages), by E3, or by both.
 *
 * A unit is done when its record exists. "No such meeting" or "no such device" soon after the meeting may mean that
 * Feishu is not ready: the unit is then pending, not empty. Some 15 history events.
 */
import type { UnitStatus } from '../model/units.ts';
import { sumOf } from '../model/units.ts';
import { setHandler, workflowInfo } from '@temporalio/workflow';
import type { SingleRunLocation, UnitLocation } from '../activities/index.ts';
import { ExportCost, runExport, type ExportJob } from './common/export-task.ts';
import type { ParticipantQualityInput } from './input.ts';
import { progressQuery, type ParticipantQualityResult } from './messages.ts';
import { parseInput, toDocumentedFailure, unwrapFailure, unitFailure } from './common/outcomes.ts';
import { fetchPages, type UnitOutcome } from './common/pages.ts';
import { singleProgress } from './common/progress.ts';
import { SearchAttributes } from './common/search-attributes.ts';
import { Steering } from './common/steering.ts';
import { files, settings } from './common/activities.ts';

/** @param place where the session belongs when it is part of a meeting's run; without it the run has a table of its own */
export async function participantQuality(
  input: unknown,
  location?: UnitLocation,
): Promise<ParticipantQualityResult & { calls: number; reason: string | null }> {
  const checked = parseInput('participantQuality', input);
  const cost = new ExportCost();
  const steering = new Steering();
  const startedAtMs = Date.now();
  setHandler(progressQuery, () =>
    singleProgress({ doing: cost.doing, calls: sumOf(cost.calls), paused: steering.paused, startedAtMs }),
  );
  try {
    if (location) return { ...(await fetchSession(checked, location, steering, cost)), uri: '' };
    const { profile, source } = checked;
    const { search_attributes } = await settings.describeProfile({ profile });
    new SearchAttributes(search_attributes).set({ FeishuProfile: profile, FeishuResource: 'participant_quality_list' });
    const { workflowId, runId } = workflowInfo();
    const run: SingleRunLocation = { kind: 'single', workflow_id: workflowId, run_id: runId, generation: startedAtMs };
    const unit = 'session';
    const outcome = await fetchSession(checked, { ...run, resource: 'participant_quality_list', unit }, steering, cost);
    const table = await files.storeSession.executeWithOptions({ summary: 'write the table' }, [
      { profile, location: run, session: { unit, source } },
    ]);
    return { ...outcome, ...table };
  } catch (error) {
    throw location ? unwrapFailure(error) : toDocumentedFailure(error);
  }
}

async function fetchSession(
  input: ParticipantQualityInput,
  location: UnitLocation,
  steering: Steering,
  cost: ExportCost,
): Promise<UnitOutcome> {
  const outcomes: UnitOutcome[] = [];
  const request = { ...input.meeting, ...input.participant, user_id_type: input.user_id_type };
  const settlesAfter = Number(input.meeting.meeting_end_time);
  const { profile, source } = input;
  if (source !== 'export') {
    const unit = { ...location, unit: `${location.unit}.list` };
    const job = { profile, list: 'participant_quality_list' as const, query: request, location: unit, settlesAfter };
    outcomes.push(await fetchPages(job, steering));
  }
  if (source !== 'list') {
    const unit = { ...location, unit: `${location.unit}.export` };
    const job = { profile, request, location: unit, settles_after: settlesAfter };
    outcomes.push(await byExport({ ...job, resource: 'participant_quality_list' }, settlesAfter, steering, cost));
  }
  return combined(outcomes);
}

async function byExport(
  job: ExportJob,
  settlesAfter: number,
  steering: Steering,
  cost: ExportCost,
): Promise<UnitOutcome> {
  try {
    const { status, rows } = await runExport({ job, steering, cost });
    return { status, reason: null, rows, pages: 1, calls: sumOf(cost.calls) };
  } catch (error) {
    const failed = unitFailure(error);
    if (!failed) throw error;
    const noData = failed.type === 'NoData';
    const reason = noData ? failed.reason : `${failed.type}: ${failed.reason}`;
    const { location, request } = job;
    const { status } = await files.recordFailure.executeWithOptions({ summary: 'note what came instead of a file' }, [
      {
        location,
        reason,
        request,
        via: 'export',
        calls: cost.calls,
        unknown_creates: cost.unknownCreates,
        ...(noData ? { no_data: { settles_after: settlesAfter } } : {}),
      },
    ]);
    return { status, reason, rows: 0, pages: 0, calls: sumOf(cost.calls) };
  }
}

/** A session asked both ways is as far as its worse half; it is empty only when both are. */
function combined(outcomes: UnitOutcome[]): Omit<UnitOutcome, 'status'> & { status: UnitStatus } {
  const statuses = outcomes.map((outcome) => outcome.status);
  const worst = (['failed', 'pending', 'done', 'empty'] as const).find((status) => statuses.includes(status));
  return {
    status: worst ?? 'empty',
    reason: outcomes.find((outcome) => outcome.status === worst)?.reason ?? null,
    rows: Math.max(...outcomes.map((outcome) => outcome.rows)),
    pages: outcomes.reduce((sum, outcome) => sum + outcome.pages, 0),
    calls: outcomes.reduce((sum, outcome) => sum + outcome.calls, 0),
  };
}
