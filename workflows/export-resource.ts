/**
 * `exportResource`: one export of Feishu, from the request to a typed table.
 *
 * Creates the task, waits for it by durable timers, downloads the XLSX as it is, reads it and writes the table. Some 35
 * history events; no row and no token is among them.
 */
import { sumOf } from '../model/units.ts';
import { setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { SingleRunLocation, UnitLocation } from '../activities/index.ts';
import { ExportCost, runExport } from './common/export-task.ts';
import { progressQuery, type ExportResourceResult } from './messages.ts';
import { parseInput, toDocumentedFailure, unwrapFailure } from './common/outcomes.ts';
import { singleProgress } from './common/progress.ts';
import { SearchAttributes } from './common/search-attributes.ts';
import { Steering } from './common/steering.ts';
import { files, settings } from './common/activities.ts';

/**
 * @param place where the file belongs when it is part of a day; without it the run is a single one with a table of its own
 */
export async function exportResource(input: unknown, location?: UnitLocation): Promise<ExportResourceResult> {
  const { resource, request, profile } = parseInput('exportResource', input);
  const cost = new ExportCost();
  const steering = new Steering();
  const startedAtMs = Date.now();
  setHandler(progressQuery, () =>
    singleProgress({ doing: cost.doing, calls: sumOf(cost.calls), paused: steering.paused, startedAtMs }),
  );
  try {
    if (location) return { resource, ...(await exportTo(location)), table: { uri: '' }, ...costs() };
    const { search_attributes } = await settings.describeProfile({ profile });
    new SearchAttributes(search_attributes).set({ FeishuProfile: profile, FeishuResource: resource });
    const { workflowId, runId } = workflowInfo();
    const run: SingleRunLocation = { kind: 'single', workflow_id: workflowId, run_id: runId, generation: startedAtMs };
    const unit = resource === 'participant_quality_list' ? 'session.export' : 'export';
    const stored = await exportTo({ ...run, resource, unit });
    const table = await files.storeResource.executeWithOptions({ summary: 'write the table' }, [
      { profile, location: { ...run, unit }, resource },
    ]);
    setCurrentDetails(`Done: ${stored.rows} rows, ${sumOf(cost.calls)} calls.`);
    return { resource, ...stored, table: { uri: table.uri }, ...costs() };
  } catch (error) {
    throw location ? unwrapFailure(error) : toDocumentedFailure(error);
  }

  async function exportTo(to: UnitLocation) {
    const { task_id, rows, raw } = await runExport({
      job: { profile, resource, request, location: to },
      steering,
      cost,
    });
    return { task_id, rows, raw };
  }

  function costs() {
    return { unknown_creates: cost.unknownCreates, calls: sumOf(cost.calls) };
  }
}
