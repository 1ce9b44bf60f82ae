/** Which processes there are, as the system says it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from './operators.ts';

export interface ProcessEntry {
  pid: number;
  parent: number;
  /** The command and its arguments, at most some hundred characters. */
  command: string;
}

async function processes(): Promise<ProcessEntry[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    // A zombie has ended; it waits for somebody to ask for its exit code.
    return pid === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The process and all that it started, and what those started. */
export async function treeOf(pid: number): Promise<ProcessEntry[]> {
  const all = await processes();
  const tree = all.filter((each) => each.pid === pid);
  // Grows while it is walked.
  for (const { pid: parent } of tree) tree.push(...all.filter((each) => each.parent === parent));
  return tree;
}

/** Waits until none of these is left. */
export async function untilGone(entries: readonly ProcessEntry[]): Promise<void> {
  const pids = new Set(entries.map(({ pid }) => pid));
  await until(async () => !(await processes()).some(({ pid }) => pids.has(pid)));
}

/** For the end of a test that failed: nothing of it may go on. */
export function killAll(entries: readonly ProcessEntry[]): void {
  for (const { pid } of entries) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}
