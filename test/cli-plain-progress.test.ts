import { expect, test } from 'vitest';
import { plainView } from '../client/cli/output.ts';
import type { Progress } from '../workflows/messages.ts';

function progressAt(calls: number): Progress {
  return {
    state: 'running',
    doing: 'listing the meetings',
    days: { total: 3, done: 0, running: 1, failed: 0, skipped: 0 },
    units: { total: 10 },
    rows: {},
    calls,
    calls_per_minute: 0,
    waiting_for: null,
    eta: null,
    started_at: '2026-11-01T00:00:00.000Z',
    updated_at: '2026-11-01T00:00:00.000Z',
    running: [],
  };
}

test('a log gets a line for a change, and not more often than every five seconds', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const view = plainView({ write: (text: string) => lines.push(text) }, () => nowMs);
  // A look every second; something changes every third second, and nothing any more after the sixth.
  for (; nowMs < 20_000; nowMs += 1_000) view.show(progressAt(Math.min(2, Math.floor(nowMs / 3_000))));
  expect(lines).toEqual([
    'running: 0/3 days, 0/10 units, 0 calls (0 a minute); listing the meetings\n',
    'running: 0/3 days, 0/10 units, 1 call (0 a minute); listing the meetings\n',
    'running: 0/3 days, 0/10 units, 2 calls (0 a minute); listing the meetings\n',
  ]);
});

test('what has to be said is said at once', () => {
  const lines: string[] = [];
  const view = plainView({ write: (text: string) => lines.push(text) }, () => 0);
  view.show(progressAt(0));
  view.note('No worker polls the queue.');
  expect(lines.at(-1)).toBe('No worker polls the queue.\n');
});
