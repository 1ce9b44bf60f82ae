/** Other runs: who holds an id, and when it is free again. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { foreignRun, isOpenStatus } from '../model/runs.ts';
import type { Deps } from './deps.ts';
import { finalFailure, waitFailure } from './failures.ts';

const LOOK_AFTER_MS = 2000;
const LONGEST_STEP_MS = 10_000;
/** Each look that finds the id taken makes the next one so much later. */
const STEP_MS = 500;

export function runActivities(deps: Deps) {
  async function running(
    workflowId: string,
  ): Promise<{ holder: string; queue: string; foreign: string | null } | null> {
    try {
      const { status, type, parentExecution, taskQueue } = await deps.client.workflow.getHandle(workflowId).describe();
      if (!isOpenStatus(status.name)) return null;
      const holder = parentExecution?.workflowId ?? workflowId;
      return { holder, queue: taskQueue, foreign: foreignRun({ workflowId, type }) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  return {
    /** In words, for the operator. */
    async whoRuns({ workflow_id }: { workflow_id: string }): Promise<string> {
      const found = await running(workflow_id);
      if (!found) return 'a run that is just ending';
      // Of another queue: its workers may all be gone.
      const where = found.queue === Context.current().info.taskQueue ? '' : ` on the queue ${found.queue}`;
      return found.foreign ?? `workflow ${found.holder}${where}`;
    },

    /**
     * Ends when no run of that id is open any more; until then each attempt is one short look. Between two looks it
     * holds no slot of a worker and writes no history: any number of runs may wait without keeping others from work.
     * @throws ApplicationFailure `IdIsTaken`, final, where a workflow that is none of this product's has the id: nobody knows
     * whether it ever ends, and what it is in the way of can be run again.
     */
    async untilFree({ workflow_id }: { workflow_id: string }): Promise<void> {
      const found = await running(workflow_id);
      if (!found) return;
      if (found.foreign !== null) throw finalFailure('IdIsTaken', found.foreign);
      const { attempt } = Context.current().info;
      const delayMs = Math.min(LONGEST_STEP_MS, LOOK_AFTER_MS + STEP_MS * (attempt - 1));
      throw waitFailure('IdIsTaken', `${workflow_id} is still open`, delayMs);
    },
  };
}
