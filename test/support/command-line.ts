/** Runs the built `feishu-vc` as a process of its own: it starts in half the time that the sources take. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { DIST } from './product.ts';

const MAIN = join(DIST, 'client/cli/main.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  /** Waits until the output holds the text; fails with all of it when the process ends before. */
  says(text: string): Promise<void>;
  /** Waits for the expression in the output and gives its first group. */
  find(pattern: RegExp): Promise<string>;
}

export interface RunOptions {
  /** Added to the environment; nothing of Feishu's or Temporal's is inherited. */
  env?: Record<string, string>;
  cwd?: string;
}

export function startCommand(args: string[], { env = {}, cwd }: RunOptions = {}): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FEISHU|TEMPORAL)_/.test(name));
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...Object.fromEntries(inherited), TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml', ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const notify = () => watchers.forEach((watcher) => watcher());
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    notify();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    notify();
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  const waitFor = (what: string, look: (output: string) => string | undefined) =>
    new Promise<string>((resolve, reject) => {
      const watcher = () => {
        const found = look(stdout + stderr);
        if (found === undefined) return;
        watchers.delete(watcher);
        resolve(found);
      };
      watchers.add(watcher);
      watcher();
      void ended.then(() => reject(new Error(`never said ${what}:\n${stdout}\n${stderr}`)));
    });
  return {
    child,
    ended,
    says: async (text) => {
      await waitFor(`"${text}"`, (output) => (output.includes(text) ? text : undefined));
    },
    find: (pattern) => waitFor(String(pattern), (output) => pattern.exec(output)?.[1]),
  };
}

export function runCommand(args: string[], options?: RunOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}
