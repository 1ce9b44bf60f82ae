/** Other runs: who holds an id, and when it is free again. */
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { isOpenStatus } from '../model/runs.ts';
import type { Deps } from './deps.ts';
import { waitFailure } from './failures.ts';

const LOOK_AFTER_MS = 2000;
const LONGEST_STEP_MS = 10_000;
/** Each look that finds the id taken makes the next one so much later. */
const STEP_MS = 500;

export function runActivities(deps: Deps) {
  async function running(workflowId: string): Promise<{ holder: string } | null> {
    try {
      const found = await deps.client.workflow.getHandle(workflowId).describe();
      if (!isOpenStatus(found.status.name)) return null;
      return { holder: found.parentExecution?.workflowId ?? workflowId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  return {
    /** In words, for the operator. */
    async whoRuns({ workflow_id }: { workflow_id: string }): Promise<string> {
      const found = await running(workflow_id);
      return found ? `workflow ${found.holder}` : 'a run that is just ending';
    },

    /**
     * Ends when no run of that id is open any more; until then each attempt is one short look. Between two looks it
     * holds no slot of a worker and writes no history: any number of runs may wait without keeping others from work.
     */
    async untilFree({ workflow_id }: { workflow_id: string }): Promise<void> {
      if (!(await running(workflow_id))) return;
      const { attempt } = Context.current().info;
      const delayMs = Math.min(LONGEST_STEP_MS, LOOK_AFTER_MS + STEP_MS * (attempt - 1));
      throw waitFailure('IdIsTaken', `${workflow_id} is still open`, delayMs);
    },
  };
}
