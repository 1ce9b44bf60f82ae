/**
 * The programs that the command line runs, found by path: from source and when installed. They are loaded into this
 * process: whatever ends the command, by whatever signal, ends its work and takes its credentials with it.
 */
import { access } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { CliError, EXIT } from './failures.ts';
import { print } from '../../report/terminal.ts';

const PROGRAMS = {
  worker: 'worker/main.js',
  rebuild: 'worker/programs/rebuild.js',
  verify: 'worker/programs/verify.js',
  erase: 'worker/programs/erase.js',
  retention: 'worker/programs/retention.js',
  days: 'worker/programs/days.js',
  report: 'worker/programs/report.js',
  read: 'worker/programs/read.js',
  sql: 'worker/programs/sql.js',
  attendance: 'worker/programs/attendance.js',
  warehouse: 'worker/programs/warehouse.js',
  login: 'worker/programs/login.js',
  logout: 'worker/programs/logout.js',
  grants: 'worker/programs/grants.js',
  'app-tickets': 'worker/programs/app-tickets.js',
  doctor: 'worker/programs/doctor.js',
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

/**
 * Runs a program to its end, once: it is a module, and does its work while it is loaded. Signals are its own business; one
 * that finds fault with its arguments or settings ends the whole process.
 * @returns its exit code
 */
export async function runProgram(program: Program, args: string[]): Promise<number> {
  const path = await programPath(program);
  const { argv, exitCode: before } = process;
  process.argv = [process.execPath, path, ...args];
  process.exitCode = undefined;
  process.setSourceMapsEnabled(true);
  try {
    await import(pathToFileURL(path).href);
    return exitCode();
  } catch (error) {
    // What a program has no words for is shown with its stack, as Node shows it.
    print(process.stderr, inspect(error));
    return EXIT.failed;
  } finally {
    process.argv = argv;
    process.exitCode = before;
  }
}

function exitCode(): number {
  return Number(process.exitCode ?? EXIT.done);
}
