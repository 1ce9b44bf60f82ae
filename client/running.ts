/** Meets a run that holds the id already: is it the same work? */
import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { isOpenStatus } from '../model/runs.ts';
import { checkInput, type WorkflowType } from '../workflows/input.ts';

/** A run of an id, with the input that it was started with. */
export interface RunningWork {
  runId: string;
  firstRunId: string;
  type: string;
  input: unknown;
}

/** @returns undefined when no run of the id is open any more */
export async function findRunning(client: Client, workflowId: string): Promise<RunningWork | undefined> {
  const { open, ...work } = await describeWork(client, workflowId);
  return open ? work : undefined;
}

/** The newest run of an id, open or closed. */
export async function describeWork(client: Client, workflowId: string): Promise<RunningWork & { open: boolean }> {
  const description = await client.workflow.getHandle(workflowId).describe();
  const open = isOpenStatus(description.status.name);
  const { runId } = description;
  const history = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = history.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  // Only the first argument is the input; a second one is what a run hands on to itself when it continues as new.
  const payloads = started?.input?.payloads?.slice(0, 1) ?? [];
  const [input] = await decodeArrayFromPayloads(client.options.loadedDataConverter, payloads);
  return { runId, firstRunId: started?.firstExecutionRunId ?? runId, type: description.type, input, open };
}

/**
 * Compares what runs with what is asked, both in their normal form.
 * @returns the fields that differ; empty when it is the same work
 */
export function differingFields(running: RunningWork, type: WorkflowType, asked: unknown): string[] {
  if (running.type !== type) return ['workflow type'];
  const checked = checkInput(type, running.input);
  const before = leaves(checked.ok ? checked.input : running.input);
  const after = leaves(asked);
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name));
}

/** Field paths to their values as text. A list is one value: its order is part of it. */
function leaves(value: unknown, path: string[] = [], into = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, below] of Object.entries(value)) leaves(below, [...path, key], into);
  } else if (value !== undefined) {
    into.set(path.join('.') || 'input', JSON.stringify(value));
  }
  return into;
}

/** Text that is equal for equal inputs, whatever the order of their fields. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify([...leaves(value)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
