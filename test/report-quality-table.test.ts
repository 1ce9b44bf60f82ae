import { describe, expect, it } from 'vitest';
import { BAD, qualityTable, type QualityMinute, type QualitySession } from '../report/quality-table.ts';

const clock = (unix: number): string => new Date(unix * 1000).toISOString().slice(11, 16);

function minute(session_key: string, time: number, more: Partial<QualityMinute> = {}): QualityMinute {
  return { session_key, time, delay_ms: null, jitter_ms: null, loss_pct: null, cpu_pct: null, ...more };
}

function session(session_key: string, name: string): QualitySession {
  return { session_key, name, device: 'windows', join_time: 36_000 };
}

/** Of this test's text: Han characters take two. */
function columns(line: string): number {
  return line.length + (line.match(/\p{Script=Han}/gu) ?? []).length;
}

describe('the table of one call', () => {
  it('puts whoever had most bad minutes first and says when they were', () => {
    const lines = qualityTable(
      [session('a', 'Anna'), session('b', '王芳')],
      [
        minute('a', 36_000, { delay_ms: BAD.delay_ms - 1 }),
        minute('b', 36_000, { loss_pct: BAD.loss_pct }),
        minute('b', 36_060, { delay_ms: BAD.delay_ms }),
        minute('b', 36_240, { jitter_ms: BAD.jitter_ms }),
        minute('b', 36_300),
      ],
      clock,
    );
    expect(lines[1]).toMatch(/^王芳 +windows +10:00 +4 +3 +300 ms +60 ms +5 % +10:00-10:01, 10:04$/);
    expect(lines[2]).toMatch(/^Anna +windows +10:00 +1 +0 +299 ms$/);
  });

  it('keeps the columns aligned where names are wide or long', () => {
    const lines = qualityTable([session('a', '欧阳'.repeat(20)), session('b', 'Bo')], [], clock);
    const starts = lines.slice(1, 3).map((line) => columns(line.slice(0, line.indexOf('windows'))));
    expect(starts[0]).toBe(starts[1]);
    expect(lines[1]).toContain('…');
  });

  it('shows a session that stands twice in the list once', () => {
    expect(qualityTable([session('a', 'Anna'), session('a', 'Anna')], [], clock)).toHaveLength(4);
  });
});
