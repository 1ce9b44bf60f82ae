/** Workflows of the product's names that do nothing but what a test of the client tells them in their input. */
import { ApplicationFailure, condition, continueAsNew, setHandler, startChild } from '@temporalio/workflow';
import type { BackfillInput, ExportDayInput, ExportResourceInput } from '../../workflows/input.ts';
import {
  pauseSignal,
  progressQuery,
  resumeSignal,
  setConcurrencyUpdate,
  type BackfillResult,
  type Progress,
} from '../../workflows/messages.ts';

/** A workflow of somebody else, which has a day exported by the product on this queue. */
export async function foreignParent(run: { taskQueue: string; workflowId: string; input: object }): Promise<unknown> {
  const { taskQueue, workflowId, input } = run;
  const child = await startChild('exportDay', { taskQueue, workflowId, args: [input] });
  return await child.result();
}

/** Fails with the type that the day of the month picks, as a child of the product might: wrapped. */
export async function exportDay(input: ExportDayInput): Promise<never> {
  const inner = ApplicationFailure.create({
    type: input.day.endsWith('-01') ? 'PermissionDenied' : 'SomethingElse',
    message: 'the app lacks a right',
    nonRetryable: true,
  });
  throw ApplicationFailure.create({ type: 'Wrapper', message: 'the day failed', nonRetryable: true, cause: inner });
}

export async function exportResource({ resource }: ExportResourceInput): Promise<object> {
  const table = { uri: 'file:///table' };
  const raw = { uri: 'file:///raw', bytes: 1, sha256: '00' };
  return { resource, task_id: '7111325589855797267', rows: 3, raw, table, unknown_creates: 0, calls: 4 };
}

/** Runs until resumed; continues as new when paused, so that a handle has to follow. */
export async function backfill(input: BackfillInput, carried?: { round: number }): Promise<BackfillResult> {
  const round = carried?.round ?? 1;
  let paused = false;
  let resumed = false;
  let concurrency = input.concurrency;
  setHandler(pauseSignal, () => void (paused = true));
  setHandler(resumeSignal, () => void (resumed = true));
  setHandler(progressQuery, () => progress(round, resumed));
  setHandler(
    setConcurrencyUpdate,
    (days) => {
      concurrency = days;
      return `${days} days at a time from now on`;
    },
    {
      validator: (days) => {
        if (days > 7) throw ApplicationFailure.nonRetryable('takes 1 to 7 days');
      },
    },
  );
  await condition(() => paused || resumed);
  if (paused) await continueAsNew<typeof backfill>(input, { round: round + 1 });
  return {
    complete: true,
    days: { complete: concurrency },
    units: {},
    tables: { meetings: 12 },
    gaps: [],
    restatements: [],
    calls: 9,
  };
}

function progress(round: number, done: boolean): Progress {
  return {
    state: done ? 'done' : 'running',
    doing: `round ${round}`,
    days: { total: 31, done: 4, running: 2, failed: 0, skipped: 0 },
    units: { total: 100, done: 40 },
    rows: { meetings: 12 },
    calls: 9,
    calls_per_minute: 3,
    waiting_for: null,
    eta: null,
    started_at: '2026-11-01T00:00:00.000Z',
    updated_at: '2026-11-01T00:00:00.000Z',
    running: [],
  };
}
