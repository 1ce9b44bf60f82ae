/** Other runs: who holds a day, and when it is free again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Deps } from './deps.ts';

const LOOK_EVERY_MS = 2000;

export function runActivities(deps: Deps) {
  async function running(workflowId: string): Promise<{ holder: string } | null> {
    try {
      const found = await deps.client.workflow.getHandle(workflowId).describe();
      if (found.status.name !== 'RUNNING') return null;
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

    /** Ends when no run of that id is open any more; a run that continues as new is one that is open. */
    async untilClosed({ workflow_id }: { workflow_id: string }): Promise<void> {
      const { heartbeat, cancellationSignal } = Context.current();
      while (await running(workflow_id)) {
        heartbeat();
        await sleep(LOOK_EVERY_MS, undefined, { signal: cancellationSignal });
      }
    },
  };
}
