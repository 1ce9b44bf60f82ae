/** Child processes that never outlive this one, whatever ends it, and whose last words are kept. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { guard, unguard } from './guardian.ts';

/** Enough to see why a process died. */
const TAIL_LINES = 20;
/** A worker gives its activities 20 s. */
const STOP_GRACE_MS = 30_000;

export interface ChildOptions {
  /** For people: "the worker". */
  name: string;
  command: string;
  args: string[];
  /** The whole environment of the child. */
  env: Record<string, string | undefined>;
  cwd?: string;
  /** Receives stdout and stderr. */
  logFile?: string;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly name: string;
  /** Undefined where the process could not be started. */
  readonly pid: number | undefined;
  readonly logFile: string | undefined;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** The last lines that it wrote, oldest first. */
  tail(): string[];
  /**
   * The first line that `find` makes something of.
   * @throws ChildDiedError when the process ends before that, or the time is over
   */
  waitForLine<R>(find: (line: string) => R | undefined, timeoutMs: number): Promise<R>;
  /** Asks it to stop, and makes it after 30 s. Safe to call twice. */
  stop(): Promise<void>;
}

/** A child ended, or did not become ready, before it was of use. */
export class ChildDiedError extends Error {
  override readonly name = 'ChildDiedError';
  readonly child: string;
  readonly lastLines: string[];
  readonly logFile: string | undefined;

  constructor(child: Child, what: string) {
    super(`${child.name} ${what}`);
    this.child = child.name;
    this.lastLines = child.tail();
    this.logFile = child.logFile;
  }
}

export function startChild(options: ChildOptions): Child {
  // A process group of its own: Ctrl-C reaches this process only, which then stops its children in order.
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) guard(pid);
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const lines = collectLines(options.logFile);
  const ends = [child.stdout, child.stderr].map((stream) => lines.read(stream));
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('error', (error) => {
      lines.add(`${options.command}: ${error.message}`);
      resolve({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).then(async (exit) => {
    process.off('exit', killAtExit);
    if (pid !== undefined) unguard(pid);
    await Promise.all(ends);
    lines.close();
    return exit;
  });
  const result: Child = {
    name: options.name,
    pid,
    logFile: options.logFile,
    exited,
    tail: () => lines.tail(),
    waitForLine: (find, timeoutMs) => waitForLine(result, lines, { find, timeoutMs }),
    stop: async () => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await exited;
      clearTimeout(force);
    },
  };
  return result;
}

interface Lines {
  read(stream: NodeJS.ReadableStream): Promise<void>;
  add(line: string): void;
  tail(): string[];
  listen(listener: (line: string) => void): () => void;
  close(): void;
}

function collectLines(logFile: string | undefined): Lines {
  const last: string[] = [];
  const listeners = new Set<(line: string) => void>();
  const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  // A full disk must not take the run down with its log.
  log?.on('error', (error) => last.push(`(the log file cannot be written: ${error.message})`));
  const add = (line: string) => {
    last.push(line);
    if (last.length > TAIL_LINES) last.shift();
    log?.write(`${line}\n`);
    for (const listener of listeners) listener(line);
  };
  return {
    add,
    tail: () => [...last],
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => log?.end(),
    read: (stream) =>
      new Promise((resolve) => {
        createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', add).once('close', resolve);
      }),
  };
}

function waitForLine<R>(
  child: Child,
  lines: Lines,
  { find, timeoutMs }: { find: (line: string) => R | undefined; timeoutMs: number },
): Promise<R> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      unlisten();
      clearTimeout(timer);
      end();
    };
    const look = (line: string) => {
      const found = find(line);
      if (found !== undefined) settle(() => resolve(found));
    };
    const timer = setTimeout(
      () => settle(() => reject(new ChildDiedError(child, `was not ready within ${timeoutMs / 1000} s`))),
      timeoutMs,
    );
    const unlisten = lines.listen(look);
    for (const line of lines.tail()) look(line);
    void child.exited.then((exit) => settle(() => reject(new ChildDiedError(child, `ended ${describeExit(exit)}`))));
  });
}

export function describeExit({ code, signal }: ChildExit): string {
  if (signal !== null) return `by signal ${signal}`;
  return code === null ? 'before it could start' : `with exit code ${code}`;
}
