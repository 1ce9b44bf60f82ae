/** One meeting's call quality as a table for a terminal: who had it bad, why, when, minute by minute. Pure. */
import type { Reason, Verdict } from '../analysis/rules.ts';
import { timelineOf } from '../analysis/timeline.ts';
import { aligned, cutColumns, widthOf } from './columns.ts';
import { REASON_NAMES } from './words.ts';

export interface QualitySession {
  name: string;
  device: string;
  verdict: Verdict;
  /** Of most poor minutes; null where none is poor. */
  reason: Reason | null;
  classified: number;
  poor: number;
  longest_run: number;
  /** Unix seconds. */
  longest_run_since: number | null;
  /** In order of time; the worst code of each minute. */
  minutes: readonly { unix: number; code: number }[];
}

export interface QualityTableOptions {
  /** Characters per line. */
  columns: number;
  /** Wall-clock time of unix seconds in the tenant's zone, `HH:mm`. */
  clock: (unix: number) => string;
  /** Name of the rule set. */
  rules: string;
}

const MARKS: Record<string, string> = { p: '█', f: '▄', g: '▁', '-': '·' };
const NAME_WIDTH = { narrow: 16, wide: 28 };
/** From so many columns on there is room for the device and longer names. */
const WIDE = 100;
const LEAST_LINE = 8;
const WORST_FIRST: readonly Verdict[] = ['poor', 'fair', 'good', 'unclassified'];

/** The worst first: by verdict, then by poor minutes. */
export function qualityTable(sessions: readonly QualitySession[], options: QualityTableOptions): string[] {
  const { columns, clock } = options;
  const isWide = columns >= WIDE;
  const sorted = sessions.toSorted(
    (a, b) =>
      WORST_FIRST.indexOf(a.verdict) - WORST_FIRST.indexOf(b.verdict) ||
      b.poor - a.poor ||
      b.longest_run - a.longest_run ||
      b.classified - a.classified,
  );
  const heads = ['participant', ...(isWide ? ['device'] : []), 'verdict', 'poor', 'why', 'longest run'];
  const facts = sorted.map((session) => [
    cutColumns(session.name, isWide ? NAME_WIDTH.wide : NAME_WIDTH.narrow),
    ...(isWide ? [cutColumns(session.device, 10)] : []),
    session.verdict,
    `${session.poor}/${session.classified}`,
    session.reason === null ? '' : REASON_NAMES[session.reason].en,
    runText(session, clock),
  ]);
  const left = aligned([heads, ...facts]);
  const room = Math.max(LEAST_LINE, columns - Math.max(...left.map(widthOf)) - 2);
  const lines = ['minutes', ...sorted.map((session) => sparkline(session, room))];
  const width = Math.max(...left.map(widthOf));
  const rows = left.map((text, index) =>
    `${text}${' '.repeat(width - widthOf(text))}  ${lines[index] ?? ''}`.trimEnd(),
  );
  return [...rows, '', `█ poor  ▄ fair  ▁ good  · unclassified; rules: ${options.rules}`];
}

function sparkline({ minutes }: QualitySession, room: number): string {
  return Array.from(timelineOf(minutes, room).letters, (letter) => MARKS[letter] ?? ' ').join('');
}

function runText(
  { longest_run: run, longest_run_since: since }: QualitySession,
  clock: (unix: number) => string,
): string {
  if (run === 0 || since === null) return '';
  return `${run} min ${clock(since)}`;
}
