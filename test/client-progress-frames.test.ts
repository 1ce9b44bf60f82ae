import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bar, duration, progressFrame, progressLine } from '../report/progress.ts';
import type { Progress } from '../workflows/messages.ts';

const NOW_MS = Date.parse('2026-11-01T01:00:00Z');
const HALFWAY: Progress = {
  state: 'running',
  doing: 'fetching call quality',
  days: { total: 31, done: 12, running: 2, failed: 1, skipped: 0 },
  units: { total: 3000, done: 1150, empty: 30, failed: 2 },
  rows: { meetings: 120, quality_minutes: 12345 },
  calls: 1234,
  calls_per_minute: 97.6,
  waiting_for: null,
  eta: '2026-11-01T01:12:00Z',
  started_at: '2026-11-01T00:15:00Z',
  updated_at: '2026-11-01T01:00:00Z',
  running: [{ day: '2026-10-12', doing: 'minutes of 40 participants', units_done: 120, units_total: 340 }],
};

describe('a progress frame', () => {
  test('shows days, units, rows, calls and the time left', () => {
    expect(progressFrame(HALFWAY, { columns: 100, nowMs: NOW_MS })).toBe(
      [
        'State  running · fetching call quality · 45 min',
        `Days   ${'█'.repeat(16)}${'░'.repeat(24)} 12/31 · running 2 · failed 1`,
        `Units  ${'█'.repeat(15)}${'░'.repeat(25)} 1,182/3,000 · done 1,150 · empty 30 · failed 2`,
        '       2026-10-12 minutes of 40 participants 120/340',
        'Rows   meetings 120 · quality_minutes 12,345',
        'Calls  1,234 calls (98 a minute) · about 12 min left',
      ].join('\n'),
    );
  });

  test('says what it waits for, and leaves the days out of a single run', () => {
    const single: Progress = {
      ...HALFWAY,
      state: 'waiting',
      days: { total: 0, done: 0, running: 0, failed: 0, skipped: 0 },
      units: { total: 0 },
      rows: {},
      waiting_for: 'the run that holds 2026-10-12',
      eta: null,
      running: [],
    };
    const frame = progressFrame(single, { columns: 80, nowMs: NOW_MS });
    expect(frame).not.toContain('Days');
    expect(frame).toContain('not known yet');
    expect(frame).toContain('Waits  the run that holds 2026-10-12');
  });

  test('says whole what it waits for, however narrow the terminal', () => {
    const waiting_for =
      'the data folder: Cannot write /srv/feishu/data: the disk is full: free space there, since 2026-10-31 23:00:00 UTC';
    expect(
      progressFrame({ ...HALFWAY, waiting_for }, { columns: 60, nowMs: NOW_MS })
        .split('\n')
        .slice(-3),
    ).toEqual([
      'Waits  the data folder: Cannot write /srv/feishu/data: the',
      '       disk is full: free space there, since 2026-10-31',
      '       23:00:00 UTC',
    ]);
    const words = fc.array(fc.string({ minLength: 1, maxLength: 90, unit: fc.constantFrom('a', '会', '🙂') }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 200 }), (said, columns) => {
        const frame = progressFrame({ ...HALFWAY, waiting_for: said.join(' ') }, { columns, nowMs: NOW_MS });
        const lines = frame.split('\n');
        expect(
          lines
            .slice(lines.findIndex((line) => line.startsWith('Waits')))
            .join('')
            .replace(/^Waits|\s/g, ''),
        ).toBe(said.join(''));
        for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('never has a line wider than the terminal', () => {
    const words = fc.string({ maxLength: 200, unit: fc.constantFrom('a', ' ', '会', '🙂') });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 200 }), (doing, columns) => {
        const frame = progressFrame({ ...HALFWAY, doing }, { columns, nowMs: NOW_MS });
        for (const line of frame.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

describe('a progress line', () => {
  test('has the same facts on one line', () => {
    expect(progressLine(HALFWAY, { nowMs: NOW_MS })).toBe(
      'running: 12/31 days, 1 failed days, 1,182/3,000 units, 2 failed, 1,234 calls (98 a minute), about 12 min left; fetching call quality',
    );
  });
});

describe('a bar', () => {
  test('is as wide as asked, grows with what is done, and is full only at the end', () => {
    const cases = fc.record({ done: fc.nat(1000), total: fc.integer({ min: 1, max: 1000 }), width: fc.nat(60) });
    fc.assert(
      fc.property(cases, ({ done, total, width }) => {
        const filled = (count: number) =>
          Array.from(bar({ done: count, total, width })).filter((c) => c === '█').length;
        expect(Array.from(bar({ done, total, width }))).toHaveLength(width);
        expect(filled(done + 1)).toBeGreaterThanOrEqual(filled(done));
        expect(filled(done) === width).toBe(done >= total || width === 0);
      }),
    );
  });

  test('is empty while nothing is known', () => {
    expect(bar({ done: 0, total: 0, width: 3 })).toBe('░░░');
  });
});

test.each([
  [4_400, '4 s'],
  [59_600, '1 min'],
  [-5, '0 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
])('%i ms reads %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
