/**
 * The lists and files of a day, each file fetched by a child. What fails is noted on its unit and never stops the others,
 * unless the day cannot be had without it. A window that is refused or looks cut off is asked in halves.
 */
import { startChild, workflowInfo } from '@temporalio/workflow';
import type { DayPlace, UnitPlace } from '../activities/index.ts';
import { exportResource } from './export-resource.ts';
import { childWorkflowId } from './ids.ts';
import type { ExportRequest } from './input.ts';
import type { UnitStatus } from './messages.ts';
import { unitFailure } from './outcomes.ts';
import { fetchPages, type ListJob } from './pages.ts';
import type { Steering } from './steering.ts';
import { files } from './steps.ts';
import { halvesOf, looksCutOff } from './windows.ts';

export interface DayUnitsOptions {
  profile: string;
  place: DayPlace;
  steering: Steering;
  /** Called for each unit that ended, and for parts of one with `status` null. */
  onEnd(place: UnitPlace, status: UnitStatus | null, calls: number): void;
}

export interface FileAsk {
  place: UnitPlace;
  request: ExportRequest;
  /** The day ends with the failure of this file. */
  required?: boolean;
}

export class DayUnits {
  readonly #options: DayUnitsOptions;

  constructor(options: DayUnitsOptions) {
    this.#options = options;
  }

  at(resource: UnitPlace['resource'], unit: string): UnitPlace {
    return { ...this.#options.place, resource, unit };
  }

  /** @returns how many rows the file has; 0 where it failed */
  async exportFile(ask: FileAsk): Promise<number> {
    const { place, request, required = false } = ask;
    try {
      const rows = await this.#exportWindow(place, request);
      this.#options.onEnd(place, rows === 0 ? 'empty' : 'done', 0);
      return rows;
    } catch (error) {
      const struck = unitFailure(error);
      if (!struck || required) throw error;
      const reason = `${struck.type}: ${struck.reason}`;
      await files.recordFailure.executeWithOptions({ summary: 'note the failure' }, [
        { place, reason, request, via: 'export' },
      ]);
      this.#options.onEnd(place, 'failed', 0);
      return 0;
    }
  }

  async #exportWindow(place: UnitPlace, request: ExportRequest): Promise<number> {
    const halves = halvesOf(request);
    try {
      const rows = await this.#exportTask(place, request);
      if (!halves || !looksCutOff(rows)) return rows;
    } catch (error) {
      if (!halves || unitFailure(error)?.type !== 'BadRequest') throw error;
    }
    const parts = [1, 2].map((half) => ({ ...place, unit: `${place.unit}.${half}` }));
    for (const [index, part] of parts.entries()) await this.#exportWindow(part, halves[index]!);
    const joined = await files.joinParts.executeWithOptions({ summary: 'join the halves' }, [
      { place, request, parts },
    ]);
    return joined.rows;
  }

  async #exportTask(place: UnitPlace, request: ExportRequest): Promise<number> {
    const { profile, steering, onEnd } = this.#options;
    const { resource, unit } = place;
    if (resource === 'rooms') throw new TypeError('rooms are listed, not exported');
    const workflowId = this.#childId(`${resource}/${unit}`);
    const staticSummary = `${resource} by an export task`;
    const result = await steering.child(
      () => startChild(exportResource, { args: [{ profile, resource, request }, place], workflowId, staticSummary }),
      (handle) => handle.result(),
    );
    onEnd(place, null, result.calls);
    return result.rows;
  }

  /** @returns how many rows the list has */
  async fetchList(place: UnitPlace, query: ListJob['query'], settlesAfter: number | null): Promise<number> {
    const { profile, steering, onEnd } = this.#options;
    const outcome = await fetchPages({ profile, list: place.resource, query, place, settlesAfter }, steering);
    onEnd(place, outcome.status, outcome.calls);
    return outcome.rows;
  }

  #childId(part: string): string {
    return childWorkflowId(workflowInfo().workflowId, part);
  }
}
