/** `backfill start|list|status|watch|pause|resume|cancel` */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { backfillWorkflowId } from '../../workflows/ids.ts';
import { validInput, type BackfillSummary, type FeishuVcClient } from '../connect.ts';
import { ExportFailedError, MessageRefusedError } from '../errors.ts';
import type { HandleOf } from '../handle.ts';
import { progressFrame } from '../../report/progress.ts';
import { CliError, EXIT } from './failures.ts';
import {
  addDayOptions,
  DAY_FIELDS,
  DETACH,
  fieldsOf,
  flagOption,
  JSON_OUTPUT,
  parseWholeNumber,
  PROFILE,
  type OptionValues,
} from './options.ts';
import { createOutput, type Output } from './output.ts';
import { backfillLines } from './results.ts';
import { startAndWatch, withClient } from './session.ts';
import { watch } from './watch.ts';

interface TargetOptions {
  json?: boolean;
  profile?: string;
}

export function addBackfillCommands(program: Command): void {
  const backfill = program
    .command('backfill')
    .description('fetch a range of days; survives crashes and restarts')
    .addHelpText('after', '\nExample:\n  feishu-vc backfill start --month previous');
  addStart(backfill);
  addList(backfill);
  addStatus(backfill);
  addWatch(backfill);
  addMessage(backfill, {
    name: 'pause',
    description: 'make no further calls until resumed',
    done: 'Paused; calls that are under way end within ten seconds.',
    send: (handle) => handle.pause(),
  });
  addMessage(backfill, {
    name: 'resume',
    description: 'go on after a pause',
    done: 'Resumed.',
    send: (handle) => handle.resume(),
  });
  addMessage(backfill, {
    name: 'cancel',
    description: 'stop it and all that it started; committed days stay',
    done: 'Cancelling. Start the same range again to finish it.',
    send: (handle) => handle.cancel(),
  });
}

function addStart(backfill: Command): void {
  const command = backfill
    .command('start')
    .description('start a backfill, or attach to the one of the same range, and wait for it')
    .option('--month <month>', 'YYYY-MM or previous')
    .option('--from <day>', 'first day, YYYY-MM-DD')
    .option('--to <day>', 'last day, YYYY-MM-DD')
    .addOption(
      new Option('--days-back <from..to>', 'days before today: 3..1 is the three days before today').argParser(
        parseDaysBack,
      ),
    )
    .option('--order <order>', 'newest-first or oldest-first (default: newest-first)')
    .addOption(new Option('--concurrency <days>', 'days at a time, 1 to 7 (default: 2)').argParser(parseWholeNumber))
    .addOption(flagOption('--dry-run', 'only say what would be done'));
  addDayOptions(command)
    .addOption(DETACH())
    .addOption(JSON_OUTPUT())
    .addHelpText(
      'after',
      '\nExamples:\n  feishu-vc backfill start --month previous\n' +
        '  feishu-vc backfill start --from 2026-10-01 --to 2026-10-07 --concurrency 4 --detach',
    )
    .action(async (options: OptionValues & TargetOptions & { detach?: boolean }) => {
      const range = ['from', 'to', 'month', 'days_back', 'order', 'concurrency', 'dry_run'];
      await startAndWatch({
        type: 'backfill',
        input: fieldsOf(options, [...range, ...DAY_FIELDS]),
        output: createOutput(options),
        detach: options.detach,
        again: ({ workflowId }) => `feishu-vc backfill watch ${workflowId}`,
        lines: backfillLines,
      });
    });
}

/** `3..1`, or `3` for the three days before today. */
function parseDaysBack(text: string): { from: number; to: number } {
  const [, from, to = '1'] = /^(\d{1,4})(?:(?:\.\.|,)(\d{1,4}))?$/.exec(text) ?? [];
  if (from === undefined) throw new InvalidArgumentError('It takes two numbers of days: 3..1.');
  return { from: Number(from), to: Number(to) };
}

const TARGET: [string, string] = [
  '[backfill]',
  'workflow id, or the range it was started with: 2026-10, 2026-10-01..2026-10-07; default: the one that runs',
];

function addList(backfill: Command): void {
  backfill
    .command('list')
    .description('list the backfills that the server remembers, newest first')
    .option('--running', 'only those that run')
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc backfill list --running')
    .action(async (options: { running?: boolean; json?: boolean }) => {
      const output = createOutput(options);
      const runs = await withClient((client) => client.backfills({ running: options.running ?? false }));
      const lines = runs.map((run) => `${run.startedAt.toISOString()}  ${run.status.padEnd(10)}  ${run.workflowId}`);
      output.print(runs.map(summaryData), lines.length > 0 ? lines : ['No backfills.']);
    });
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
  backfill
    .command('status')
    .description('show how far a backfill is')
    .argument(...TARGET)
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc backfill status 2026-10')
    .action(async (target: string | undefined, options: TargetOptions) => {
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
  if (status.name !== 'RUNNING' && status.name !== 'PAUSED') {
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
  backfill
    .command('watch')
    .description('follow a backfill until it ends; Ctrl-C leaves it running')
    .argument(...TARGET)
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc backfill watch 2026-10')
    .action(async (target: string | undefined, options: TargetOptions) => {
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

interface Message {
  name: string;
  description: string;
  done: string;
  send(handle: HandleOf<'backfill'>): Promise<void>;
}

function addMessage(backfill: Command, message: Message): void {
  backfill
    .command(message.name)
    .description(message.description)
    .argument(...TARGET)
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', `\nExample:\n  feishu-vc backfill ${message.name} 2026-10`)
    .action(async (target: string | undefined, options: TargetOptions) => {
      const output = createOutput(options);
      await withClient(async (client) => {
        const workflowId = await resolveTarget(client, target, { ...options, orNewest: false });
        await message.send(await client.attach('backfill', workflowId));
        output.print({ workflow_id: workflowId, done: message.name }, [`${workflowId}: ${message.done}`]);
      });
    });
}

/**
 * Which backfill is meant. Without a name: the only one that runs, else (to look at) the newest.
 * @throws CliError when there is none, or more than one could be meant
 */
async function resolveTarget(
  client: FeishuVcClient,
  target: string | undefined,
  { profile = 'default', orNewest }: { profile?: string | undefined; orNewest: boolean },
): Promise<string> {
  if (target !== undefined) return target.includes('/') ? target : idOfRange(client.taskQueue, target, profile);
  const running = await client.backfills({ running: true, limit: 20 });
  const candidates = running.length > 0 || !orNewest ? running : await client.backfills({ limit: 1 });
  const ids = [...new Set(candidates.map((run) => run.workflowId))];
  if (ids.length > 1) {
    throw new CliError(
      {
        what: 'More than one backfill runs.',
        why: ids.join('\n'),
        next: 'Name one of them.',
      },
      { exitCode: EXIT.usage },
    );
  }
  const [id] = ids;
  if (id === undefined) {
    throw new CliError({
      what: 'There is no backfill.',
      why: `None ${orNewest ? 'is known' : 'runs'} on the queue "${client.taskQueue}" of ${client.address}.`,
      next: 'Start one: feishu-vc backfill start --month previous',
    });
  }
  return id;
}

/** `2026-10`, `previous`, `2026-10-01..2026-10-07` or `3..1`, as they are given to `start`. */
function idOfRange(taskQueue: string, text: string, profile: string): string {
  const [from = '', to] = text.split('..');
  const daysBack = to !== undefined && /^\d{1,4}$/.test(from);
  const range = to === undefined ? { month: text } : daysBack ? { days_back: parseDaysBack(text) } : { from, to };
  return backfillWorkflowId(taskQueue, validInput('backfill', { profile, ...range }));
}
