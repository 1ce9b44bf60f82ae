/** A Temporal server on which a schedule's time can be moved on, so that a month of starts takes a minute. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';

export async function skippingTime(cli: TemporalCli, dir: string): Promise<TemporalCli> {
  const path = join(dir, 'temporal-that-skips-time');
  const setting = 'frontend.WorkflowTimeSkippingEnabled=true';
  await writeFile(path, `#!/bin/sh\nexec '${cli.path}' "$@" --dynamic-config-value ${setting}\n`);
  await chmod(path, 0o755);
  return { ...cli, path };
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
