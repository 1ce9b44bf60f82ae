/** Runs `feishu-vc` from source as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../client/cli/main.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

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
}

export interface RunOptions {
  /** Added to the environment; nothing of Feishu's or Temporal's is inherited. */
  env?: Record<string, string>;
  cwd?: string;
}

export function startCommand(args: string[], { env = {}, cwd }: RunOptions = {}): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FEISHU|TEMPORAL)_/.test(name));
  const child = spawn(process.execPath, ['--import', TSX, MAIN, ...args], {
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
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!(stdout + stderr).includes(text)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`never said "${text}":\n${stdout}\n${stderr}`)));
    });
  return { child, ended, says };
}

export function runCommand(args: string[], options?: RunOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}
