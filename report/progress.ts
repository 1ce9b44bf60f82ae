/** Progress of a run as text: bars for a terminal, one line for a log. Pure; the caller brings the clock and the width. */
import type { Progress } from '../workflows/messages.ts';
import { oneLine } from './terminal.ts';

export interface FrameOptions {
  /** Characters per line; longer lines are cut, but for what is waited for: what to do about it stands at its end. */
  columns: number;
  nowMs: number;
}

const LABEL_WIDTH = 7;
const BAR_WIDTH = { min: 10, max: 40 };
/** More days than this at once do not fit a glance; Temporal's UI has all of them. */
const MOST_RUNNING_DAYS = 7;

/** Several lines, for redrawing in place. */
export function progressFrame(progress: Progress, { columns, nowMs }: FrameOptions): string {
  const width = Math.min(BAR_WIDTH.max, Math.max(BAR_WIDTH.min, columns - 45));
  const { days, units } = progress;
  const settledDays = days.done + days.failed + days.skipped;
  const lines = [
    `${labelled('State')}${progress.state} · ${progress.doing} · ${duration(nowMs - Date.parse(progress.started_at))}`,
    ...(days.total > 1
      ? [`${labelled('Days')}${bar({ done: settledDays, total: days.total, width })} ${dayCounts(days)}`]
      : []),
    `${labelled('Units')}${bar({ done: settledUnits(units), total: units.total, width })} ${unitCounts(units)}`,
    ...runningDays(progress),
    ...(Object.keys(progress.rows).length > 0 ? [`${labelled('Rows')}${counts(progress.rows)}`] : []),
    `${labelled('Calls')}${[callCounts(progress), timeLeft(progress, nowMs)].filter(Boolean).join(' · ')}`,
  ];
  const waits = wrapped(progress.waiting_for ?? '', columns - LABEL_WIDTH).map(
    (line, i) => `${labelled(i === 0 ? 'Waits' : '')}${line}`,
  );
  return [...lines.map((line) => cut(oneLine(line), columns)), ...waits].join('\n');
}

/** One line with the same facts. */
export function progressLine(progress: Progress, { nowMs }: { nowMs: number }): string {
  const { days, units } = progress;
  const facts = [
    ...(days.total > 1 ? [`${number(days.done + days.skipped)}/${number(days.total)} days`] : []),
    ...(days.failed > 0 ? [`${number(days.failed)} failed days`] : []),
    `${number(settledUnits(units))}/${number(units.total)} units`,
    ...((units.failed ?? 0) > 0 ? [`${number(units.failed ?? 0)} failed`] : []),
    callCounts(progress),
    timeLeft(progress, nowMs),
  ];
  const waiting = progress.waiting_for === null ? '' : `; waits for ${progress.waiting_for}`;
  return oneLine(`${progress.state}: ${facts.filter(Boolean).join(', ')}; ${progress.doing}${waiting}`);
}

/** A bar that is full only when everything is done; empty where the total is not known yet. */
export function bar({ done, total, width }: { done: number; total: number; width: number }): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const filled = Math.floor(share * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** `5 s`, `12 min`, `3 h 5 min`: what a person needs of it. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** Thousands separated, the same on every machine. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** `meetings 120 · participants 900` */
export function counts(values: Record<string, number | undefined>): string {
  return Object.entries(values)
    .filter((entry): entry is [string, number] => entry[1] !== undefined)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join(' · ');
}

function settledUnits({ total: _total, ...statuses }: Progress['units']): number {
  return Object.values(statuses).reduce((sum, count) => sum + count, 0);
}

function dayCounts(days: Progress['days']): string {
  const rest = { running: days.running, failed: days.failed, skipped: days.skipped };
  return [`${number(days.done)}/${number(days.total)}`, ...nonZero(rest)].join(' · ');
}

function unitCounts(units: Progress['units']): string {
  const { total, ...statuses } = units;
  const known = total > 0 ? `${number(settledUnits(units))}/${number(total)}` : 'not known yet';
  return [known, ...nonZero(statuses)].join(' · ');
}

function nonZero(values: Record<string, number>): string[] {
  return Object.entries(values)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${number(count)}`);
}

function runningDays({ days, running }: Progress): string[] {
  if (days.total <= 1) return [];
  const lines = running.slice(0, MOST_RUNNING_DAYS).map((day) => {
    const units = day.units_total > 0 ? ` ${number(day.units_done)}/${number(day.units_total)}` : '';
    return `${labelled('')}${day.day} ${day.doing}${units}`;
  });
  const more = running.length - lines.length;
  return more > 0 ? [...lines, `${labelled('')}and ${number(more)} more`] : lines;
}

function callCounts(progress: Progress): string {
  const { calls, calls_per_minute: rate } = progress;
  return `${number(calls)} ${calls === 1 ? 'call' : 'calls'} (${number(Math.round(rate))} a minute)`;
}

function timeLeft({ eta, state }: Progress, nowMs: number): string {
  if (eta === null || state === 'done') return '';
  const leftMs = Date.parse(eta) - nowMs;
  return leftMs > 0 ? `about ${duration(leftMs)} left` : 'almost done';
}

function labelled(label: string): string {
  return label.padEnd(LABEL_WIDTH);
}

/** At spaces; within a word only where it is wider than a line. */
function wrapped(text: string, columns: number): string[] {
  const words = oneLine(text)
    .split(' ')
    .flatMap((word) => pieces(Array.from(word), Math.max(1, columns)));
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && Array.from(longer).length <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function pieces(characters: readonly string[], length: number): string[] {
  const count = Math.ceil(characters.length / length);
  return Array.from({ length: count }, (_, i) => characters.slice(i * length, (i + 1) * length).join(''));
}

function cut(line: string, columns: number): string {
  const characters = Array.from(line);
  return characters.length <= columns ? line : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}
