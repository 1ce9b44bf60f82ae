/**
 * A day runs under its one workflow id. Temporal runs an id once at a time, so the id is the day's lock: whoever finds it
 * taken waits for the holder, says for whom, and then asks only for what the holder did not fetch meanwhile.
 */
import type { Priority } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import type { DescribedProfile } from '../../activities/index.ts';
import { runs } from '../common/activities.ts';
import type { Internal } from '../common/internal.ts';
import type { Run } from '../common/run.ts';
import { WaitEnded, type Waits } from '../common/waits.ts';
import { dayWorkflowId } from '../ids.ts';
import type { ExportDayInput } from '../input.ts';
import type { ExportDayResult } from '../messages.ts';
import type { DaySums } from './state.ts';

/** What a day is handed that runs under its own id as the child of a backfill or of a run of the day under another id. */
export interface DayInternal extends Internal {
  profile: DescribedProfile;
  /** What was fetched since then (unix ms) is not asked for again: another run of the day did it while this one waited. */
  fetched_since: number;
  /** Whether the parent takes reports. */
  reports: boolean;
  /** From the run before, which this one continues. */
  carried?: { sums: DaySums; paused: boolean; startedAtMs: number };
}

/** The workflow, by its signature: importing it here would close a circle. */
type ExportDay = (input: ExportDayInput, internal: DayInternal) => Promise<ExportDayResult>;

export interface LockedDay {
  input: ExportDayInput;
  profile: DescribedProfile;
  fetched_since: number;
  run: Run;
  /** How its calls stand against others', and whose turn they take. */
  priority: Priority;
  /** End the wait for the day early. */
  waits?: Waits;
  onWaiting(holder: string | null): void;
}

export type DayEnd = { status: 'ended'; result: ExportDayResult } | { status: 'put back'; fetched_since: number };

/** Starts the day, waiting for whoever holds it; `put back` where the wait was ended early. */
export async function runDayUnderItsId(day: LockedDay): Promise<DayEnd> {
  const { input, profile, run, priority, waits, onWaiting } = day;
  const workflowId = dayWorkflowId(profile.day_scope, input.profile, input.day);
  let { fetched_since } = day;
  try {
    const result = await run.steering.child<ExportDay, ExportDayResult>({
      workflowId,
      ...(waits === undefined ? {} : { waits }),
      start: () =>
        startChild<ExportDay>('exportDay', {
          args: [input, { api_task_queue: run.calls.taskQueue, profile, fetched_since, reports: true }],
          workflowId,
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
          staticSummary: `${input.day}: ${input.include.join(', ')}`,
          priority,
        }),
      result: async (handle) => {
        onWaiting(null);
        return await handle.result();
      },
      onTaken: async () => {
        if (fetched_since === 0) fetched_since = Date.now();
        onWaiting(await runs.whoRuns({ workflow_id: workflowId }));
      },
    });
    return { status: 'ended', result };
  } catch (error) {
    if (error instanceof WaitEnded) return { status: 'put back', fetched_since };
    throw error;
  }
}
