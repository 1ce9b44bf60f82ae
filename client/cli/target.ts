/** Which backfill a command means: by id, by range, or the one that runs. */
import { InvalidArgumentError, type Command } from 'commander';
import { backfillWorkflowId } from '../../workflows/ids.ts';
import type { FeishuVcClient } from '../connect.ts';
import { CliError, EXIT } from './failures.ts';
import { JSON_OUTPUT, PROFILE } from './options.ts';

const TARGET: [string, string] = [
  '[backfill]',
  'workflow id, or the range it was started with: 2026-10, 2026-10-01..2026-10-07; default: the one that runs',
];

export interface TargetOptions {
  json?: boolean;
  profile?: string;
}

/** Has a `backfill` command take the backfill that it means, `--profile` and `--json`. */
export function targeted(command: Command, example: string): Command {
  return command
    .argument(...TARGET)
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', `\nExample:\n  feishu-vc backfill ${example}`);
}

/** What looks like a range is one, and is refused where there is no such range; anything else is a workflow id. */
const RANGE = /^(?:previous|\d{4}-\d{2}(?:-\d{2})?|[\d-]+\.\.[\d-]*)$/;

/**
 * Without a name: the only one that runs, else (to look at) the newest.
 * @throws CliError when there is none, or more than one could be meant
 */
export async function resolveTarget(
  client: FeishuVcClient,
  target: string | undefined,
  { profile = 'default', orNewest }: { profile?: string | undefined; orNewest: boolean },
): Promise<string> {
  if (target !== undefined) {
    if (!RANGE.test(target)) return target;
    const { validInput } = await import('../start.ts');
    return backfillWorkflowId(client.taskQueue, validInput('backfill', { profile, ...rangeFields(target) }));
  }
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

/** `2026-10`, `previous`, `2026-10-01..2026-10-07`, `2026-10-01` or `3..1`, as fields of a backfill. */
export function rangeFields(text: string): Record<string, unknown> {
  const [from = '', to] = text.split('..');
  if (to !== undefined) return /^\d{1,4}$/.test(from) ? { days_back: parseDaysBack(text) } : { from, to };
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? { from: text, to: text } : { month: text };
}

/** `3..1`, or `3` for the three days before today. */
export function parseDaysBack(text: string): { from: number; to: number } {
  const [, from, to = '1'] = /^(\d{1,4})(?:(?:\.\.|,)(\d{1,4}))?$/.exec(text) ?? [];
  if (from === undefined) throw new InvalidArgumentError('It takes two numbers of days: 3..1.');
  return { from: Number(from), to: Number(to) };
}
