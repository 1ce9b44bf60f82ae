/** Runs a program of the worker from the build, as a process of its own: from the source it would take three times the CPU to start. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { DIST } from './product.ts';

export interface RunningProgram {
  process: ChildProcess;
  /** What it has said so far on both streams. */
  output(): string;
  /** Resolves with the first group of the pattern, once it has been said. */
  find(pattern: RegExp): Promise<string>;
  type(line: string): void;
  ended: Promise<number | null>;
}

/** @param name as in `worker/programs` */
export function startProgram(name: string, args: string[], env: Record<string, string>): RunningProgram {
  const file = join(DIST, 'worker/programs', `${name}.js`);
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [file, ...args], { env: { PATH, HOME, ...env } });
  let said = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    process: child,
    output: () => said,
    find: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          const found = pattern.exec(said);
          if (!found) return;
          watchers.delete(watch);
          resolve(found[1] ?? found[0]);
        };
        watchers.add(watch);
        watch();
        void ended.then(() => reject(new Error(`never said ${String(pattern)}:\n${said}`)));
      }),
    type: (line) => void child.stdin.write(`${line}\n`),
    ended,
  };
}
