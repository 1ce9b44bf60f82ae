/** A Temporal server on which a schedule's time can be moved on, so that a month of starts takes a minute. */
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import { withServerArguments } from './server-arguments.ts';

export function skippingTime(cli: TemporalCli, dir: string): Promise<TemporalCli> {
  return withServerArguments(cli, dir, ['--dynamic-config-value', 'frontend.WorkflowTimeSkippingEnabled=true']);
}

/**
 * Moves the time of a schedule on by so many days, from where it stands: the server's own workflow behind the schedule
 * skips from one start that is due to the next, about one a second. What it starts lives in real time.
 */
export async function passDays(client: Client, scheduleId: string, days: number): Promise<void> {
  const workflowExecution = { workflowId: `temporal-sys-scheduler:${scheduleId}` };
  const { namespace } = client.options;
  const fastForwardConfig = { id: `${days} days more`, duration: msToTs(`${days} days`) };
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    workflowExecutionOptions: { timeSkippingConfig: { enabled: true, fastForwardConfig } },
    updateMask: { paths: ['time_skipping_config'] },
  });
}
