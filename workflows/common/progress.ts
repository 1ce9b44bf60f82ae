/** From a run's counters to what people see: the `progress` query and the current details in the Temporal UI. */
import type { UnitCounts } from '../../model/units.ts';
import { setCurrentDetails } from '@temporalio/workflow';
import type { DayReport, Progress } from '../messages.ts';

const RATE_OVER_MS = 3 * 60_000;

/** Calls and finished units over the last minutes, from marks taken whenever something ended. */
export class Rate {
  #marks: { atMs: number; calls: number; units: number }[] = [];

  mark(calls: number, units: number): void {
    const atMs = Date.now();
    this.#marks = this.#marks.filter((mark) => mark.atMs > atMs - RATE_OVER_MS);
    const last = this.#marks.at(-1);
    if (last && atMs - last.atMs < 1000) return;
    this.#marks.push({ atMs, calls, units });
  }

  perMinute(what: 'calls' | 'units'): number {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || last.atMs - first.atMs < 1000) return 0;
    return ((last[what] - first[what]) / (last.atMs - first.atMs)) * 60_000;
  }
}

export function finishedUnits(units: UnitCounts): number {
  return (units.done ?? 0) + (units.empty ?? 0) + (units.pending ?? 0) + (units.skipped ?? 0) + (units.failed ?? 0);
}

const NO_DAYS = { total: 0, done: 0, running: 0, failed: 0, skipped: 0 };

/** What a workflow knows of itself; all that is not known yet may be left out. */
export interface Seen {
  doing: string;
  calls: number;
  units: Progress['units'];
  /** Units that are still to come, where not all of them are among `units` yet. */
  unitsLeft?: number;
  days?: Progress['days'];
  range?: Progress['range'];
  rows?: Progress['rows'];
  running?: Progress['running'];
  /** Why nothing moves, where the workflow knows it by itself. */
  waitingFor?: string | null;
}

/** What every run knows. Instants in unix ms. */
export interface RunState {
  done: boolean;
  paused: boolean;
  waitingFor: string | null;
  startedAtMs: number;
  nowMs: number;
  perMinute: { calls: number; units: number };
}

/** The one place where a run's figures become `Progress`. */
export function progressOf(seen: Seen, run: RunState): Progress {
  const waitingFor = run.done ? null : run.paused ? 'resume' : (seen.waitingFor ?? run.waitingFor);
  const left = seen.unitsLeft ?? seen.units.total - finishedUnits(seen.units);
  return {
    state: run.done ? 'done' : run.paused ? 'paused' : waitingFor === null ? 'running' : 'waiting',
    doing: run.done ? 'done' : seen.doing,
    ...(seen.range === undefined ? {} : { range: seen.range }),
    days: seen.days ?? NO_DAYS,
    units: seen.units,
    rows: seen.rows ?? {},
    calls: seen.calls,
    calls_per_minute: run.perMinute.calls,
    waiting_for: waitingFor,
    eta: run.done ? null : eta(left, run.perMinute.units, run.nowMs),
    started_at: new Date(run.startedAtMs).toISOString(),
    updated_at: new Date(run.nowMs).toISOString(),
    running: seen.running ?? [],
  };
}

/** The end if it goes on like this, or null while nothing can be said. */
function eta(remainingUnits: number, unitsPerMinute: number, nowMs: number): string | null {
  if (remainingUnits <= 0 || unitsPerMinute <= 0) return null;
  return new Date(nowMs + (remainingUnits / unitsPerMinute) * 60_000).toISOString();
}

/** What the operator reads in the Temporal UI. `notes`: what else has to be told, a line each. */
export function showDetails(progress: Progress, notes: readonly string[] = []): void {
  const { units, days } = progress;
  const finished = finishedUnits(units);
  const lines = [
    `**${progress.state}**: ${progress.doing}`,
    ...(progress.waiting_for === null ? [] : [`waiting for: ${progress.waiting_for}`]),
    ...notes,
    '',
    '| | done | of | failed | pending | skipped |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...(days.total > 0 ? [`| days | ${days.done} | ${days.total} | ${days.failed} | | ${days.skipped} |`] : []),
    `| units | ${finished} | ${units.total} | ${units.failed ?? 0} | ${units.pending ?? 0} | ${units.skipped ?? 0} |`,
    '',
    `${progress.calls} calls, ${Math.round(progress.calls_per_minute)} a minute` +
      (progress.eta === null ? '' : `; expected end ${progress.eta}`),
  ];
  if (progress.running.length > 0) {
    lines.push('', '| day | units | of | doing |', '| --- | ---: | ---: | --- |');
    for (const day of progress.running) {
      lines.push(`| ${day.day} | ${day.units_done} | ${day.units_total} | ${day.doing} |`);
    }
  }
  setCurrentDetails(lines.join('\n'));
}

const REPORTS_PER_DAY = 20;
const REPORT_EVERY_MS = 5000;

/** Decides when a day tells its parent how far it is: at most every 5 s and about 20 times, to bound both histories. */
export class Reporter {
  #lastAtMs = 0;
  #lastFinished = 0;
  #lastWaiting: string | null = null;
  #lastTotal = -1;

  due(report: DayReport): boolean {
    const finished = finishedUnits(report.units);
    const step = Math.max(1, report.units.total / REPORTS_PER_DAY);
    const moved = finished - this.#lastFinished >= step || (this.#lastTotal <= 0 && report.units.total > 0);
    const changed = report.waiting_for !== this.#lastWaiting;
    if (!changed && (!moved || Date.now() - this.#lastAtMs < REPORT_EVERY_MS)) return false;
    this.#lastAtMs = Date.now();
    this.#lastFinished = finished;
    this.#lastTotal = report.units.total;
    this.#lastWaiting = report.waiting_for;
    return true;
  }
}
