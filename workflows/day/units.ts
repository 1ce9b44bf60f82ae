/**
 * The lists and files of a day, each file fetched by a child. What fails is noted on its unit and never stops the others,
 * unless the day cannot be had without it. A window that is refused or looks cut off is asked in parts.
 */
import { addCounts, sumOf, type UnitStatus } from '../../model/units.ts';
import { startChild, workflowInfo } from '@temporalio/workflow';
import type { DayLocation, UnitLocation } from '../../activities/index.ts';
import { exportResource, type FileFailure } from '../export-resource.ts';
import { childWorkflowId } from '../ids.ts';
import type { ExportRequest } from '../input.ts';
import type { ToldCost } from '../common/export-task.ts';
import { applicationFailure, unitFailure } from '../common/outcomes.ts';
import { fetchPages, type ListJob } from '../common/pages.ts';
import type { Run } from '../common/run.ts';
import { files } from '../common/activities.ts';
import { noneRefused, noteRefusal } from '../common/refusals.ts';
import { wholeOrInParts } from './parts.ts';
import type { DayState } from './state.ts';

export interface DayUnitsOptions {
  profile: string;
  location: DayLocation;
  run: Run;
  state: DayState;
}

export interface FileAsk {
  location: UnitLocation;
  request: ExportRequest;
  /** The day ends with the failure of this file. */
  required?: boolean;
}

export class DayUnits {
  readonly #options: DayUnitsOptions;

  constructor(options: DayUnitsOptions) {
    this.#options = options;
  }

  get location(): DayLocation {
    return this.#options.location;
  }

  at(resource: UnitLocation['resource'], unit: string): UnitLocation {
    return { ...this.#options.location, resource, unit };
  }

  /** @returns how many rows the file has; 0 where it failed */
  async exportFile(ask: FileAsk): Promise<number> {
    const { location, request, required = false } = ask;
    const lost: ToldCost = { calls: {}, unknown_creates: 0 };
    let refusal: string | null = null;
    let rows = 0;
    try {
      rows = await this.#exportWindow(location, request, lost);
      this.#ended(location, rows === 0 ? 'empty' : 'done', 0);
    } catch (error) {
      const failed = unitFailure(error);
      if (!failed || required) throw error;
      const reason = `${failed.type}: ${failed.reason}`;
      if (failed.type === 'PermissionDenied') refusal = failed.reason;
      await files.recordFailure.executeWithOptions({ summary: 'note the failure' }, [
        { profile: this.#options.profile, location, reason, request, via: 'export', ...lost },
      ]);
      this.#ended(location, 'failed', 0);
    }
    this.#heard(location, refusal);
    return rows;
  }

  /** @throws ApplicationFailure where it is of no use to ask for more of the kind */
  #heard({ resource }: UnitLocation, refusal: string | null): void {
    if (resource !== 'participant_list') return;
    const refused = noneRefused();
    noteRefusal(refused, refusal);
    this.#options.state.heard(resource, refused);
  }

  /** `lost`: what tasks that fail have cost is added to it. */
  async #exportWindow(location: UnitLocation, request: ExportRequest, lost: ToldCost): Promise<number> {
    const at = (unit: string): UnitLocation => ({ ...location, unit });
    return await wholeOrInParts(
      { unit: location.unit, request },
      {
        ask: async (window) => {
          try {
            return await this.#exportTask(at(window.unit), window.request);
          } catch (error) {
            const cost = costOf(error);
            if (cost) addCost(lost, cost);
            this.#ended(location, null, sumOf(cost?.calls ?? {}));
            throw error;
          }
        },
        isRefused: (error) => unitFailure(error)?.type === 'BadRequest',
        join: async (whole, units) => {
          const joined = await files.joinParts.executeWithOptions({ summary: 'join the parts' }, [
            { location: at(whole.unit), request: whole.request, parts: units.map(at) },
          ]);
          return joined.rows;
        },
      },
    );
  }

  async #exportTask(location: UnitLocation, request: ExportRequest): Promise<number> {
    const { profile, run } = this.#options;
    const { resource, unit } = location;
    if (resource === 'rooms') throw new TypeError('rooms are listed, not exported');
    const workflowId = this.#childId(`${resource}/${unit}`);
    const staticSummary = `${resource} by an export task`;
    const result = await run.steering.child({
      workflowId,
      start: () => {
        const internal = { api_task_queue: run.calls.taskQueue, location };
        return startChild(exportResource, {
          args: [{ profile, resource, request }, internal],
          workflowId,
          staticSummary,
        });
      },
      result: (handle) => handle.result(),
    });
    this.#ended(location, null, result.calls);
    return result.rows;
  }

  /** @returns how many rows the list has */
  async fetchList(location: UnitLocation, query: ListJob['query'], settlesAfter: number | null): Promise<number> {
    const { profile, run } = this.#options;
    const job = { profile, list: location.resource, query, location, settlesAfter };
    const outcome = await fetchPages(job, run.calls);
    this.#ended(location, outcome.status, outcome.calls);
    this.#heard(location, outcome.refusal);
    return outcome.rows;
  }

  /** A part of a unit ends with `status` null. */
  #ended({ resource }: UnitLocation, status: UnitStatus | null, calls: number): void {
    const { run, state } = this.#options;
    state.unitEnded(resource, status, calls);
    run.show();
  }

  #childId(part: string): string {
    return childWorkflowId(workflowInfo().workflowId, part);
  }
}

/** What a file that failed has cost; null where nobody knows, as of a child that was terminated. */
function costOf(error: unknown): ToldCost | null {
  const told = applicationFailure(error)?.details?.at(-1) as Partial<FileFailure> | undefined;
  return told?.cost ?? null;
}

function addCost(sum: ToldCost, { calls, unknown_creates, asked_at }: ToldCost): void {
  addCounts(sum.calls, calls);
  sum.unknown_creates += unknown_creates;
  // Of the last one: an answer says nothing of what came after it.
  if (asked_at !== undefined) sum.asked_at = asked_at;
}
