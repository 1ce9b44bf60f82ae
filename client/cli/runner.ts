/**
 * npx, and npm for its scripts, put a shell between themselves and a command, and neither hands on its own end: once one of
 * them is killed, the command goes on with nobody in charge of it. So a command that they started looks whether they are
 * still there.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { plainEnvironment } from '../../model/plain-environment.ts';

const LOOK_EVERY_MS = 1_000;
/** For an orderly end. */
const GRACE_MS = 10_000;
const SHELLS = new Set(['sh', 'ash', 'bash', 'dash', 'ksh', 'zsh']);

/**
 * Has this process end, by SIGTERM, once npx or npm is gone. One that they did not start, and one that has left their process
 * group or outlived them before it looks (a daemon, `nohup … &`), goes on by itself.
 */
export async function endWithRunner(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (env['npm_command'] !== 'exec' && !env['npm_lifecycle_event']) return;
  const links = await linksToRunner();
  if (links.length === 0) return;
  for (;;) {
    await pause(LOOK_EVERY_MS);
    if (!(await areWhole(links))) break;
  }
  process.kill(process.pid, 'SIGTERM');
  await pause(GRACE_MS);
  process.exit(128 + constants.signals.SIGTERM);
}

interface Link {
  pid: number;
  parent: number;
}

interface Seen {
  parent: number;
  group: number;
  name: string;
}

/** From this process over the shells to the first that is none; empty where that is no longer in charge of this one. */
async function linksToRunner(): Promise<Link[]> {
  const self = await look(process.pid);
  const links: Link[] = [];
  for (let pid = process.pid, parent = process.ppid; ;) {
    const seen = await look(parent);
    if (self === undefined || seen === undefined || seen.group !== self.group) return [];
    links.push({ pid, parent });
    if (!SHELLS.has(seen.name)) return links;
    [pid, parent] = [parent, seen.parent];
  }
}

async function areWhole(links: readonly Link[]): Promise<boolean> {
  for (const { pid, parent } of links) {
    const now = pid === process.pid ? process.ppid : (await look(pid))?.parent;
    if (now !== parent) return false;
  }
  return true;
}

/** Undefined where there is no such process, and where this system has no way to tell. */
async function look(pid: number): Promise<Seen | undefined> {
  return process.platform === 'linux' ? lookInProc(pid) : askPs(pid);
}

async function lookInProc(pid: number): Promise<Seen | undefined> {
  // pid (name) state parent group …, and a name may hold anything.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, name, parent, group] = /^\d+ \((.*)\) \S (\d+) (\d+) /s.exec(stat) ?? [];
  return name === undefined ? undefined : { name, parent: Number(parent), group: Number(group) };
}

async function askPs(pid: number): Promise<Seen | undefined> {
  const ask = promisify(execFile)('ps', ['-o', 'ppid=,pgid=,comm=', '-p', String(pid)], {
    env: plainEnvironment(process.env),
  });
  const line = await ask.then(({ stdout }) => stdout).catch(() => '');
  const [, parent, group, command] = /^\s*(\d+)\s+(\d+)\s+(.*?)\s*$/.exec(line) ?? [];
  if (command === undefined) return undefined;
  // A login shell has a dash before its name.
  return { name: basename(command).replace(/^-/, ''), parent: Number(parent), group: Number(group) };
}

/** Never keeps the process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
