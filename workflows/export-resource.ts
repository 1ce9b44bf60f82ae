/**
 * `exportResource`: one export of Feishu, from the request to a typed table.
 *
 * Creates the task, waits for it by durable timers, downloads the XLSX as it is, reads it and writes the table. Some 35
 * history events; no row and no token is among them.
 */
import { sumOf } from '../model/units.ts';
import type { UnitLocation } from '../activities/index.ts';
import { files } from './common/activities.ts';
import { ExportCost, runExport, type ToldCost } from './common/export-task.ts';
import { receiveInput, type Internal } from './common/internal.ts';
import { withDetail } from './common/outcomes.ts';
import { Run } from './common/run.ts';
import { beginSingle, singleLocation } from './common/single.ts';
import type { ExportResourceInput } from './input.ts';
import type { ExportResourceResult } from './messages.ts';

/** Handed on by a day. */
export interface ResourceInternal extends Internal {
  /** Where the file belongs. */
  location: UnitLocation;
}

/** What a day is told of its file. */
type FileResult = Pick<ExportResourceResult, 'rows' | 'calls'>;
/** And of one that failed, as the last detail of the failure. */
export interface FileFailure {
  cost: ToldCost;
}

export async function exportResource(
  input: unknown,
  internal?: ResourceInternal,
): Promise<ExportResourceResult | FileResult> {
  let done = 0;
  const cost: ExportCost = new ExportCost(() => run.show());
  const run = new Run({ seen: () => ({ doing: cost.doing, calls: sumOf(cost.calls), units: { total: 1, done } }) });
  run.takeMessages();

  const exportTo = async ({ profile, resource, request }: ExportResourceInput, location: UnitLocation) => {
    const job = { profile, resource, request, location };
    const { task_id, rows } = await runExport({ job, calls: run.calls, cost });
    return { resource, task_id, rows, unknown_creates: cost.unknownCreates, calls: sumOf(cost.calls) };
  };

  return await run.lead(
    async () => {
      const checked = receiveInput('exportResource', input, internal);
      const { profile, resource } = checked;
      if (internal) {
        run.callsAt(profile, internal.api_task_queue);
        try {
          const { rows, calls } = await exportTo(checked, internal.location);
          return { rows, calls };
        } catch (error) {
          throw withDetail(error, { cost: cost.told } satisfies FileFailure);
        }
      }
      await beginSingle(run, { profile, resource });
      const location = {
        ...singleLocation(run),
        unit: resource === 'participant_quality_list' ? 'session.export' : 'export',
      };
      return await run.watched(profile, async () => {
        const stored = await exportTo(checked, { ...location, resource });
        const { uri, raw } = await files.storeResource.executeWithOptions({ summary: 'write the table' }, [
          { profile, location, resource },
        ]);
        done = 1;
        run.finish('complete');
        return { ...stored, raw, table: { uri } };
      });
    },
    internal ? 'as it is' : 'documented',
  );
}
