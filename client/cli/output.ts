/** Where a command's words go. With `--json`, stdout carries data alone and everything else goes to stderr. */
import { createLogUpdate } from 'log-update';
import type { Progress } from '../../workflows/messages.ts';
import { progressFrame, progressLine } from '../../report/progress.ts';
import { plainText, print, printJson } from '../../report/terminal.ts';

/** Between two plain lines; a log of a day-long run stays readable. */
const PLAIN_INTERVAL_MS = 5_000;

export interface Output {
  /** A line for people. */
  say: (line: string) => void;
  /** The data of the command: as JSON with `--json`, else as lines. */
  print(data: unknown, lines: string[]): void;
  /** Shows how far something is, in place on a terminal, else line by line. */
  view(): ProgressView;
}

export interface ProgressView {
  show(progress: Progress): void;
  /** A line that stays. */
  note(line: string): void;
  /** Leaves the last state standing and ends the redrawing. */
  stop(): void;
}

export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface OutputOptions {
  json?: boolean | undefined;
  stdout?: NodeJS.WriteStream;
  stderr?: NodeJS.WriteStream;
}

export function createOutput(options: OutputOptions = {}): Output {
  const stdout = options.stdout ?? process.stdout;
  const words = options.json === true ? (options.stderr ?? process.stderr) : stdout;
  return {
    say: (line) => print(words, line),
    print: (data, lines) => {
      if (options.json === true) printJson(stdout, data);
      else print(stdout, lines.join('\n'));
    },
    view: () => (words.isTTY ? terminalView(words) : plainView(words)),
  };
}

function terminalView(stream: NodeJS.WriteStream): ProgressView {
  const update = createLogUpdate(stream);
  return {
    show: (progress) => update(progressFrame(progress, { columns: stream.columns || 80, nowMs: Date.now() })),
    note: (line) => update.persist(plainText(line)),
    stop: () => update.done(),
  };
}

export function plainView(stream: OutputStream, nowMs: () => number = Date.now): ProgressView {
  let last = '';
  let lastAtMs = Number.NEGATIVE_INFINITY;
  return {
    show: (progress) => {
      const line = progressLine(progress, { nowMs: nowMs() });
      if (line === last || nowMs() - lastAtMs < PLAIN_INTERVAL_MS) return;
      last = line;
      lastAtMs = nowMs();
      print(stream, line);
    },
    note: (line) => print(stream, line),
    stop: () => undefined,
  };
}
