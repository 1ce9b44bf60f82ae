/** `backfill pause|resume|concurrency|skip|retry-failed|cancel`: words to a backfill that runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, Option, type Command } from 'commander';
import { isOpenStatus } from '../../model/runs.ts';
import { troubledBy, type TroubledDay } from '../../model/troubled-days.ts';
import type { FeishuVcClient } from '../connect.ts';
import { ExportFailedError } from '../errors.ts';
import type { HandleOf } from '../handle.ts';
import { DETACH, parseWholeNumber } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { withClient } from './session.ts';
import { resolveTarget, targeted, type TargetOptions } from './target.ts';
import { watch } from './watch.ts';

export function addSteeringCommands(backfill: Command): void {
  addSignal(backfill, {
    name: 'pause',
    description: 'make no further calls until resumed',
    done: 'Paused; calls that are under way end within ten seconds.',
    send: (handle) => handle.pause(),
  });
  addSignal(backfill, {
    name: 'resume',
    description: 'go on after a pause',
    done: 'Resumed.',
    send: (handle) => handle.resume(),
  });
  addConcurrency(backfill);
  addSkip(backfill);
  addRetryFailed(backfill);
  addCancel(backfill);
}

interface Signal {
  name: string;
  description: string;
  done: string;
  send(handle: HandleOf<'backfill'>): Promise<void>;
}

function addSignal(backfill: Command, signal: Signal): void {
  const command = backfill.command(signal.name).description(signal.description);
  targeted(command, `${signal.name} 2026-10`).action(async (target: string | undefined, options: TargetOptions) => {
    const output = createOutput(options);
    await withTarget(target, options, async (_client, handle) => {
      await signal.send(handle);
      const { workflowId } = handle;
      output.print({ workflow_id: workflowId, done: signal.name }, [`${workflowId}: ${signal.done}`]);
    });
  });
}

async function withTarget(
  target: string | undefined,
  { profile, orNewest = false }: TargetOptions & { orNewest?: boolean },
  work: (client: FeishuVcClient, handle: HandleOf<'backfill'>) => Promise<void>,
): Promise<void> {
  await withClient(async (client) => {
    const workflowId = await resolveTarget(client, target, { profile, orNewest });
    await work(client, await client.attach('backfill', workflowId));
  });
}

function addConcurrency(backfill: Command): void {
  const command = backfill
    .command('concurrency')
    .description('change how many days are fetched at a time')
    .addArgument(new Argument('<days>', '1 to 7').argParser(parseWholeNumber));
  targeted(command, 'concurrency 4 2026-10').action(
    async (days: number, target: string | undefined, options: TargetOptions) => {
      await update(target, options, (handle) => handle.setConcurrency(days));
    },
  );
}

function addSkip(backfill: Command): void {
  const command = backfill
    .command('skip')
    .description('leave out a day that is not fetched yet')
    .argument('<day>', 'YYYY-MM-DD');
  targeted(command, 'skip 2026-10-04 2026-10').action(
    async (day: string, target: string | undefined, options: TargetOptions) => {
      await update(target, options, (handle) => handle.skipDay(day));
    },
  );
}

async function update(
  target: string | undefined,
  options: TargetOptions,
  send: (handle: HandleOf<'backfill'>) => Promise<string>,
): Promise<void> {
  const output = createOutput(options);
  await withTarget(target, options, async (_client, handle) => {
    const answer = await send(handle);
    output.print({ workflow_id: handle.workflowId, answer }, [`${handle.workflowId}: ${answer}`]);
  });
}

interface RetryOptions extends TargetOptions {
  reason?: string[];
  preview?: boolean;
}

function addRetryFailed(backfill: Command): void {
  const command = backfill
    .command('retry-failed')
    .description('fetch again what failed, is pending or has gaps; one that has ended is started again for it')
    .addOption(
      new Option('--reason <text...>', 'only days with one of these in a reason').argParser(
        (text: string, previous: string[] | undefined) => [...(previous ?? []), text],
      ),
    )
    .option('--preview', 'only show the days');
  targeted(command, 'retry-failed 2026-10 --reason UnreadableFile --preview').action(
    async (target: string | undefined, options: RetryOptions) => {
      const output = createOutput(options);
      await withTarget(target, { ...options, orNewest: true }, (client, handle) =>
        retryFailed({ client, handle, output }, options),
      );
    },
  );
}

async function retryFailed(
  { client, handle, output }: { client: FeishuVcClient; handle: HandleOf<'backfill'>; output: Output },
  { reason: reasons, preview = false }: RetryOptions,
): Promise<void> {
  const { workflowId } = handle;
  const { status } = await client.temporal.workflow.getHandle(workflowId).describe();
  const open = isOpenStatus(status.name);
  const days = preview || (!open && reasons) ? troubledBy(await handle.troubled(), reasons) : [];
  if (preview) {
    output.print({ workflow_id: workflowId, days }, days.length > 0 ? days.flatMap(troubledLines) : [nothing(open)]);
    return;
  }
  if (open) {
    const answer = await handle.retryFailed(reasons ? { reasons } : {});
    output.print({ workflow_id: workflowId, answer }, [`${workflowId}: ${answer}`]);
    return;
  }
  if (reasons && days.length === 0) {
    output.print({ workflow_id: workflowId, days }, [nothing(open)]);
    return;
  }
  const again = await client.retryClosed(workflowId, { days: days.map(({ day }) => day) });
  const data = { workflow_id: workflowId, run_id: again.runId, attached: again.attached };
  output.print(data, [
    `${workflowId}: started again for what is missing. To watch it:\n  feishu-vc backfill watch ${workflowId}`,
  ]);
}

function nothing(open: boolean): string {
  return open ? 'No day has failed or has a gap so far.' : 'No day failed or has such a gap.';
}

function troubledLines({ day, status, reasons }: TroubledDay): string[] {
  return [`${day}  ${status}`, ...reasons.map((reason) => `  ${reason}`)];
}

const BELOW_INTERVAL_MS = 500;

function addCancel(backfill: Command): void {
  const command = backfill
    .command('cancel')
    .description('stop it and all that it started, and wait until they have; committed days stay')
    .addOption(DETACH());
  targeted(command, 'cancel 2026-10').action(
    async (target: string | undefined, options: TargetOptions & { detach?: boolean }) => {
      const output = createOutput(options);
      await withTarget(target, options, async (client, handle) => {
        const { workflowId } = handle;
        await handle.cancel();
        if (options.detach === true) {
          output.print({ workflow_id: workflowId, done: 'cancel' }, [`${workflowId}: Cancelling.`]);
          return;
        }
        output.say(`${workflowId}: Cancelling; calls that are under way are answered first.`);
        const ended = await endOf({ client, handle, output });
        const open = () => client.openBelow(workflowId);
        while ((await open()) > 0) await sleep(BELOW_INTERVAL_MS);
        const words =
          ended === 'Cancelled'
            ? 'Cancelled, with all that it started. Start the same range again to finish it.'
            : 'It had ended before.';
        output.print({ workflow_id: workflowId, done: 'cancel', ended }, [`${workflowId}: ${words}`]);
      });
    },
  );
}

/** How the run ends; to be cancelled is what was asked for. */
async function endOf(run: {
  client: FeishuVcClient;
  handle: HandleOf<'backfill'>;
  output: Output;
}): Promise<'Cancelled' | 'Completed'> {
  try {
    await watch({ ...run, again: `feishu-vc backfill watch ${run.handle.workflowId}` });
    return 'Completed';
  } catch (error) {
    if (error instanceof ExportFailedError && error.type === 'Cancelled') return 'Cancelled';
    throw error;
  }
}
