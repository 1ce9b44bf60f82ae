/** Arguments that the programs share, and how they fail. */
import { readFile } from 'node:fs/promises';
import { PRESETS } from '../../../analysis/presets.ts';
import { parseRuleFile } from '../../../analysis/rule-file.ts';
import type { RuleSet } from '../../../analysis/rules.ts';
import { daysOfMonth, isDay } from '../../../model/calendar.ts';
import { closeFiles } from '../../../model/file-modes.ts';
import { print } from '../../../report/terminal.ts';
import { errnoOf } from '../../../store/errors.ts';

/** Wrong usage: exit code 2. */
export class UsageError extends Error {}

/** Runs a program: what it throws becomes a line on stderr, and its exit code. */
export async function runMain(what: string, main: () => Promise<void>): Promise<void> {
  closeFiles(process);
  process.stdout.on('error', (error) => {
    // Whoever reads the output has had enough.
    if (errnoOf(error) === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await main();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError || isParseError(error);
    print(process.stderr, isUsage ? message : `${what} failed: ${message}`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

function isParseError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

export interface Range {
  from: string;
  to: string;
}

/** `2026-10` and `previous` (that of `today`) are months; else `from` and `to` are days. Null where nothing was said. */
export function rangeOf(
  { month, from, to }: { month?: string | undefined; from?: string | undefined; to?: string | undefined },
  today: string,
): Range | null {
  if (month !== undefined && (from !== undefined || to !== undefined)) {
    throw new UsageError('Name either a month or --from and --to.');
  }
  if (month !== undefined) return monthRange(month, today);
  if (from === undefined && to === undefined) return null;
  if (from === undefined || !isDay(from)) throw new UsageError('--from takes a day, YYYY-MM-DD.');
  const last = to ?? from;
  if (!isDay(last) || last < from) throw new UsageError('--to takes a day that is not before --from.');
  return { from, to: last };
}

function monthRange(month: string, today: string): Range {
  if (month !== 'previous' && !isDay(`${month}-01`)) throw new UsageError('A month is written YYYY-MM, or previous.');
  return daysOfMonth(month, today);
}

/** A preset by name, else a file. */
export async function ruleSetOf(name: string): Promise<RuleSet> {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined;
  if (preset) return preset;
  try {
    return parseRuleFile(await readFile(name, 'utf8'));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new UsageError(`--rules takes ${Object.keys(PRESETS).join(', ')} or a file; there is no file ${name}.`);
  }
}
