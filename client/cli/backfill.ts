/** `backfill start|list|status|watch`; the others stand in files of their own. */
import type { Command } from 'commander';
import type { BackfillSummary, FeishuVcClient } from '../connect.ts';
import { ExportFailedError, MessageRefusedError } from '../errors.ts';
import { isOpenStatus } from '../../model/runs.ts';
import { progressFrame } from '../../report/progress.ts';
import {
  addDayOptions,
  DAY_FIELDS,
  DETACH,
  fieldsOf,
  flagOption,
  JSON_OUTPUT,
  PROFILE,
  type OptionValues,
} from './options.ts';
import { createOutput, type Output } from './output.ts';
import { addPlan } from './plan.ts';
import { runProgram } from './programs.ts';
import { addRangeOptions, RANGE_FIELDS } from './range-options.ts';
import { backfillLines } from './results.ts';
import { scheduleLines } from './schedules.ts';
import { startAndWatch, withClient } from './session.ts';
import { addSteeringCommands } from './steering.ts';
import { resolveTarget, targeted, type TargetOptions } from './target.ts';
import { watch } from './watch.ts';

export function addBackfillCommands(program: Command): void {
  const backfill = program
    .command('backfill')
    .description('fetch a range of days; survives crashes and restarts')
    .addHelpText('after', '\nExample:\n  feishu-vc backfill start --month previous');
  addStart(backfill);
  addPlan(backfill);
  addList(backfill);
  addStatus(backfill);
  addWatch(backfill);
  addSteeringCommands(backfill);
}

function addStart(backfill: Command): void {
  const command = backfill
    .command('start')
    .description('start a backfill, or attach to the one of the same range, and wait for it');
  addDayOptions(addRangeOptions(command))
    .addOption(flagOption('--dry-run', 'only say what would be done, as backfill plan does'))
    .addOption(DETACH())
    .addOption(JSON_OUTPUT())
    .addHelpText(
      'after',
      '\nExamples:\n  feishu-vc backfill start --month previous\n' +
        '  feishu-vc backfill start --from 2026-10-01 --to 2026-10-07 --concurrency 4 --detach',
    )
    .action(async (options: OptionValues & TargetOptions & { detach?: boolean }) => {
      await startAndWatch({
        type: 'backfill',
        input: fieldsOf(options, [...RANGE_FIELDS, 'dry_run', ...DAY_FIELDS]),
        output: createOutput(options),
        detach: options.detach,
        again: ({ workflowId }) => `feishu-vc backfill watch ${workflowId}`,
        lines: backfillLines,
      });
    });
}

interface ListOptions {
  running?: boolean;
  store?: boolean;
  profile?: string;
  json?: boolean;
}

function addList(backfill: Command): void {
  backfill
    .command('list')
    .description('list the backfills that the server remembers, newest first, and the schedules')
    .option('--running', 'only those that run')
    .option('--store', 'instead, the days in the store that DATA_URL names: rows, gaps, when they were committed')
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExamples:\n  feishu-vc backfill list --running\n  feishu-vc backfill list --store')
    .action(async (options: ListOptions) => {
      if (options.store === true) return await listStore(options);
      const output = createOutput(options);
      const running = options.running ?? false;
      const { runs, schedules } = await withClient(async (client) => ({
        runs: await client.backfills({ running }),
        schedules: running ? [] : await client.schedules.list(),
      }));
      const lines = runs.map((run) => `${run.startedAt.toISOString()}  ${run.status.padEnd(10)}  ${run.workflowId}`);
      const planned = schedules.flatMap(scheduleLines).map((line) => `schedule ${line}`);
      output.print(runs.map(summaryData), [...(lines.length > 0 ? lines : ['No backfills.']), ...planned]);
    });
}

/** Manifests outlive what Temporal remembers, and only the store's own code reads them. */
async function listStore({ profile, json }: ListOptions): Promise<void> {
  const named = profile === undefined ? [] : ['--profile', profile];
  process.exitCode = await runProgram('days', [...named, ...(json === true ? ['--json'] : [])]);
}

function summaryData(run: BackfillSummary): Record<string, string> {
  return {
    workflow_id: run.workflowId,
    run_id: run.runId,
    status: run.status,
    started_at: run.startedAt.toISOString(),
  };
}

function addStatus(backfill: Command): void {
  const command = backfill.command('status').description('show how far a backfill is');
  targeted(command, 'status 2026-10').action(async (target: string | undefined, options: TargetOptions) => {
    const output = createOutput(options);
    await withClient(async (client) => {
      const workflowId = await resolveTarget(client, target, { ...options, orNewest: true });
      await printStatus(client, workflowId, output);
    });
  });
}

async function printStatus(client: FeishuVcClient, workflowId: string, output: Output): Promise<void> {
  const handle = await client.attach('backfill', workflowId);
  const { status } = await client.temporal.workflow.getHandle(workflowId).describe();
  const common = { workflow_id: workflowId, run_id: handle.runId, status: status.name };
  if (status.name === 'COMPLETED') {
    const result = await handle.result();
    output.print({ ...common, result }, [`${workflowId}: completed`, ...backfillLines(result)]);
    return;
  }
  if (!isOpenStatus(status.name)) {
    const failure = await handle.result().then(() => undefined, keepRunFailure);
    const error = failure ? { type: failure.type, message: failure.message } : null;
    output.print({ ...common, error }, [`${workflowId}: ${status.name.toLowerCase()}`, `  ${failure?.message ?? ''}`]);
    return;
  }
  if ((await client.workersPolling()) === 0) {
    const message = `no worker polls the queue "${client.taskQueue}": start one with \`feishu-vc worker\``;
    throw new MessageRefusedError(workflowId, 'no answer', `${workflowId} is open, but ${message}.`, undefined);
  }
  const progress = await handle.progress();
  const frame = progressFrame(progress, { columns: process.stdout.columns || 120, nowMs: Date.now() });
  output.print({ ...common, progress }, [workflowId, frame]);
}

function keepRunFailure(error: unknown): ExportFailedError {
  if (error instanceof ExportFailedError) return error;
  throw error;
}

function addWatch(backfill: Command): void {
  const command = backfill.command('watch').description('follow a backfill until it ends; Ctrl-C leaves it running');
  targeted(command, 'watch 2026-10').action(async (target: string | undefined, options: TargetOptions) => {
    const output = createOutput(options);
    await withClient(async (client) => {
      const workflowId = await resolveTarget(client, target, { ...options, orNewest: true });
      const handle = await client.attach('backfill', workflowId);
      output.say(`Watching ${workflowId}`);
      const again = `feishu-vc backfill watch ${workflowId}`;
      const result = await watch({ client, handle, output, again });
      output.print(result, backfillLines(result));
    });
  });
}
