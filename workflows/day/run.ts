/**
 * Runs a day under its one workflow id. Temporal runs an id once at a time, so the id is the day's lock: whoever
 * finds it taken waits for the holder, says for whom, and then asks only for what the holder did not fetch meanwhile.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, workflowInfo, type ChildWorkflowHandle } from '@temporalio/workflow';
import { dayWorkflowId } from '../ids.ts';
import type { ExportDayInput } from '../input.ts';
import type { ExportDayResult } from '../messages.ts';
import type { Steering } from '../common/steering.ts';
import { watch } from '../common/activities.ts';

/** The workflow, by its signature: importing it here would close a circle. */
type ExportDay = (input: ExportDayInput, fetchedSince: number) => Promise<ExportDayResult>;

export interface DayRun {
  input: ExportDayInput;
  steering: Steering;
  /** 1 (first) to 5 (last): how its calls stand against others'. */
  priority?: { priorityKey: number; fairnessKey?: string };
  onWaiting(holder: string | null): void;
}

export async function runDayUnderItsId({ input, steering, priority, onWaiting }: DayRun): Promise<ExportDayResult> {
  const workflowId = dayWorkflowId(workflowInfo().taskQueue, input.profile, input.day);
  let fetchedSince = 0;
  for (;;) {
    await steering.go();
    try {
      return await steering.child<ExportDay, ExportDayResult>(
        () =>
          startChild<ExportDay>('exportDay', {
            args: [input, fetchedSince],
            workflowId,
            parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
            staticSummary: `${input.day}: ${input.include.join(', ')}`,
            ...(priority ? { priority } : {}),
          }),
        async (handle: ChildWorkflowHandle<ExportDay>) => {
          onWaiting(null);
          return await handle.result();
        },
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (fetchedSince === 0) fetchedSince = Date.now();
      onWaiting(await watch.whoRuns({ workflow_id: workflowId }));
      await watch.untilClosed.executeWithOptions({ summary: `another run fetches ${input.day}` }, [
        { workflow_id: workflowId },
      ]);
    }
  }
}
