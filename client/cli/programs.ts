/** The programs that the command line runs as processes of their own, found by path: from source and when installed. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CliError } from './failures.ts';

const PROGRAMS = {
  worker: 'worker/main.js',
  rebuild: 'worker/programs/rebuild.js',
  days: 'worker/programs/days.js',
  report: 'worker/programs/report.js',
  read: 'worker/programs/read.js',
  sql: 'worker/programs/sql.js',
  attendance: 'worker/programs/attendance.js',
  sandbox: 'sandbox/main.js',
  'quality table': 'worker/programs/quality-table.js',
} as const;
export type Program = keyof typeof PROGRAMS;

/** Built, this file is dist/client/cli/programs.js; run from source, it is client/cli/programs.ts. */
const DIST = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../';

/** @throws CliError when the project is not built */
export async function programPath(program: Program): Promise<string> {
  const path = fileURLToPath(new URL(DIST + PROGRAMS[program], import.meta.url));
  try {
    await access(path);
  } catch (error) {
    const report = {
      what: `The ${program} program is not there.`,
      why: `${path} does not exist: the project is not built.`,
      next: 'Build it: npm run build',
    };
    throw new CliError(report, { cause: error });
  }
  return path;
}

const FORWARDED: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the foreground, on this terminal, and hands on the signals.
 * @returns its exit code; 128 + n where signal n ended it
 */
export async function runProgram(program: Program, args: string[]): Promise<number> {
  const path = await programPath(program);
  // A group of its own: Ctrl-C would otherwise reach it twice, from the terminal and from here.
  const child = spawn(process.execPath, ['--enable-source-maps', path, ...args], { stdio: 'inherit', detached: true });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  const killAtExit = () => child.kill('SIGKILL');
  for (const signal of FORWARDED) process.on(signal, forward);
  process.once('exit', killAtExit);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
    process.off('exit', killAtExit);
  }
}
