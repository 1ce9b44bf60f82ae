import { describe, expect, it } from 'vitest';
import { qualityTable, type QualitySession } from '../report/quality-table.ts';
import { widthOf } from '../report/columns.ts';

const clock = (unix: number): string => new Date(unix * 1000).toISOString().slice(11, 16);
const TEN = 36_000;

function session(name: string, codes: readonly number[], more: Partial<QualitySession> = {}): QualitySession {
  const poor = codes.filter((code) => code >= 30).length;
  return {
    name,
    device: 'windows',
    verdict: poor > 0 ? 'poor' : 'good',
    reason: poor > 0 ? 'loss' : null,
    classified: codes.length,
    poor,
    longest_run: poor,
    longest_run_since: poor > 0 ? TEN : null,
    minutes: codes.map((code, index) => ({ unix: TEN + index * 60, code })),
    ...more,
  };
}

const table = (sessions: QualitySession[], columns = 80) =>
  qualityTable(sessions, { columns, clock, rules: 'default' });

describe('the table of one call', () => {
  it('puts whoever had it worst first, with reason, longest run and a line of the minutes', () => {
    const lines = table([session('Anna', [10, 10, 20, 10]), session('王芳', [35, 35, 10, 0])]);
    expect(lines[1]).toMatch(/^王芳 +poor +2\/4 +loss +2 min 10:00 +██▁·$/);
    expect(lines[2]).toMatch(/^Anna +good +0\/4 +▁▁▄▁$/);
  });

  it('keeps within the width of the terminal, and shows devices where there is room', () => {
    const sessions = [
      session(
        '欧阳'.repeat(20),
        Array.from({ length: 300 }, () => 35),
      ),
      session('Bo', [10]),
    ];
    const narrow = table(sessions, 80);
    expect(Math.max(...narrow.map(widthOf))).toBeLessThanOrEqual(80);
    expect(narrow.join('\n')).not.toContain('windows');
    const wide = table(sessions, 140);
    expect(Math.max(...wide.map(widthOf))).toBeLessThanOrEqual(140);
    expect(wide[1]).toContain('windows');
  });

  it('says unclassified of somebody of whom nothing is known', () => {
    const silent = session('Guest', [], { verdict: 'unclassified', reason: null });
    expect(table([silent])[1]).toMatch(/^Guest +unclassified +0\/0$/);
  });

  it('lets no name move the cursor', () => {
    expect(table([session('a\u001b[2Jb', [10])])[1]).not.toContain('\u001b');
  });
});
