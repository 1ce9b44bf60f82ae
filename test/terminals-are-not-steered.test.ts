/** What comes from elsewhere reaches a terminal as letters: nothing in it is obeyed, turned around, or a line of its own. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createOutput, plainView } from '../client/cli/output.ts';
import { CliError, reportFailure } from '../client/cli/failures.ts';
import { ExportFailedError } from '../client/errors.ts';
import type { Grant } from '../logins/index.ts';
import { aligned, cutColumns } from '../report/columns.ts';
import { progressFrame, progressLine } from '../report/progress.ts';
import { printJson } from '../report/terminal.ts';
import { qualityTable } from '../report/quality-table.ts';
import { linesOf } from '../worker/doctor/show.ts';
import { grantLine, grantView } from '../worker/login/grant-view.ts';
import type { Progress } from '../workflows/messages.ts';
import { filesOfTree, ROOT } from './support/tree.ts';

/** A clipboard that is written, a screen that is cleared (ESC, and C1), letters that are turned around, further lines. */
const HOSTILE = 'A\u001b]52;c;eA==\u0007\u001b[2J\u009b2J\u0085\u202eB\u2066C\u2069\rD\u2028E\nok  all is well';
const OBEYED = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;

const PROGRESS: Progress = {
  state: 'running',
  doing: HOSTILE,
  days: { total: 3, done: 0, running: 1, failed: 0, skipped: 0 },
  units: { total: 10 },
  rows: {},
  calls: 1,
  calls_per_minute: 0,
  waiting_for: HOSTILE,
  eta: null,
  started_at: '2026-11-01T00:00:00.000Z',
  updated_at: '2026-11-01T00:00:00.000Z',
  running: [{ day: '2026-11-01', doing: HOSTILE, units_done: 0, units_total: 0 }],
};
const GRANT: Grant = {
  version: 1,
  app_id: 'cli_a',
  api_host: 'https://host',
  user: { open_id: 'ou_1', name: HOSTILE },
  scopes: [HOSTILE],
  broken: { reason: HOSTILE, at: 0 },
} as unknown as Grant;
const SESSION = { device: HOSTILE, verdict: 'good', reason: null, classified: 1, poor: 0, longest_run: 0 } as const;

function written(write: (stream: NodeJS.WriteStream) => void): string {
  let text = '';
  write({ write: (more: string) => (text += more) } as unknown as NodeJS.WriteStream);
  return text;
}

const ONE_LINE: Record<string, () => string> = {
  'a cell': () => aligned([[HOSTILE, 'x']]).join('\n'),
  'a cell that is cut': () => cutColumns(HOSTILE, 200),
  'a line of progress': () => progressLine(PROGRESS, { nowMs: 0 }),
  'what a plain view shows': () => written((stream) => plainView(stream).show(PROGRESS)).trimEnd(),
};
const LINES: Record<string, { lines: number; text: () => string }> = {
  'the table of a call': {
    lines: 4,
    text: () =>
      qualityTable([{ ...SESSION, name: HOSTILE, longest_run_since: null, minutes: [] }], {
        columns: 200,
        clock: () => '',
        rules: 'default',
      }).join('\n'),
  },
  'a frame of progress': { lines: 6, text: () => progressFrame(PROGRESS, { columns: 500, nowMs: 0 }) },
  doctor: {
    lines: 4,
    text: () =>
      linesOf({ checks: [{ name: 'store', state: 'fail', seen: HOSTILE, next: HOSTILE }], calls: 0 }).join('\n'),
  },
  'a grant': {
    lines: 3,
    text: () =>
      grantLine(
        grantView(
          'default',
          { ...GRANT, consented_at: 0, refreshed_at: 0, access_expires_at: 0, refresh_expires_at: 0 },
          0,
        ),
      ),
  },
};
/** Whole texts, whose lines are their own. */
const TEXTS: Record<string, (stream: NodeJS.WriteStream) => void> = {
  'what a command says': (stdout) => createOutput({ stdout }).say(HOSTILE),
  'a result': (stdout) => createOutput({ stdout }).print({}, ['gap', HOSTILE]),
  'a note': (stdout) => plainView(stdout).note(HOSTILE),
  'a run that failed': (stderr) =>
    void reportFailure(
      new ExportFailedError({ type: 'UnreadableFile', message: HOSTILE, workflowId: HOSTILE, cause: undefined }),
      stderr,
    ),
  'a command that failed': (stderr) =>
    void reportFailure(new CliError({ what: HOSTILE, why: HOSTILE, next: HOSTILE }), stderr),
  'a failure nobody knows': (stderr) => void reportFailure(new Error(HOSTILE, { cause: new Error(HOSTILE) }), stderr),
};

describe('a hostile text', () => {
  test.each(Object.entries(ONE_LINE))('is on one line, as letters, in %s', (_where, text) => {
    expect(text()).toContain('A]52;c;eA==[2J2J');
    expect(text()).not.toMatch(OBEYED);
    expect(text()).not.toContain('\n');
  });

  test.each(Object.entries(LINES))('adds no line in %s', (_where, { lines, text }) => {
    expect(text()).toContain('A]52');
    expect(text()).not.toMatch(OBEYED);
    expect(text().split('\n')).toHaveLength(lines);
  });

  test.each(Object.entries(TEXTS))('is letters in %s', (_where, write) => {
    expect(written(write)).toContain('A]52');
    expect(written(write)).not.toMatch(OBEYED);
  });

  test('stays as it is in data', () => {
    const json = written((stdout) => createOutput({ stdout, stderr: stdout, json: true }).print({ name: HOSTILE }, []));
    expect(JSON.parse(json)).toStrictEqual({ name: HOSTILE });
  });
});

test('text goes to a terminal by print alone, and data by what writes data', () => {
  const writers = filesOfTree()
    .filter((file) => /^(client|worker|report|logins|analysis)\/.*\.ts$/.test(file))
    .filter((file) => /\bstd(out|err)\.write\(|console\.(log|error|warn|info)\(/.test(codeOf(file)));
  expect(writers).toStrictEqual(['worker/programs/common/write-rows.ts']);
});

/** Without its comments. */
function codeOf(file: string): string {
  return readFileSync(ROOT + file, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
}

/** JSON as a stream gets it. */
const onto = (isTTY: boolean): string => {
  let text = '';
  printJson({ isTTY, write: (more) => (text += more) }, { name: HOSTILE });
  return text;
};

describe('JSON', () => {
  test('on a terminal holds nothing that it would obey, and means the same', () => {
    expect(onto(true)).not.toMatch(OBEYED);
    expect(JSON.parse(onto(true))).toEqual({ name: HOSTILE });
  });

  test('in a pipe is as it was', () => {
    expect(onto(false)).toBe(`${JSON.stringify({ name: HOSTILE }, null, 2)}\n`);
  });
});
