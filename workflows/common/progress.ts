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

/** Progress of a run of one file or one list. */
export function singleProgress(run: {
  doing: string;
  calls: number;
  paused: boolean;
  startedAtMs: number;
  done?: boolean;
}): Progress {
  return {
    state: run.done === true ? 'done' : run.paused ? 'paused' : 'running',
    doing: run.doing,
    days: NO_DAYS,
    units: { total: 1, ...(run.done === true ? { done: 1 } : {}) },
    rows: {},
    calls: run.calls,
    calls_per_minute: 0,
    waiting_for: run.paused ? 'resume' : null,
    eta: null,
    started_at: new Date(run.startedAtMs).toISOString(),
    updated_at: new Date(Date.now()).toISOString(),
    running: [],
  };
}

/** Progress of a run that does not know yet what there is to do. */
export function startingProgress(): Progress {
  const at = new Date(Date.now()).toISOString();
  return {
    state: 'running',
    doing: 'starting',
    days: NO_DAYS,
    units: { total: 0 },
    rows: {},
    calls: 0,
    calls_per_minute: 0,
    waiting_for: null,
    eta: null,
    started_at: at,
    updated_at: at,
    running: [],
  };
}

/** The end if it goes on like this, or null while nothing can be said. */
export function eta(remainingUnits: number, unitsPerMinute: number): string | null {
  if (remainingUnits <= 0 || unitsPerMinute <= 0) return null;
  return new Date(Date.now() + (remainingUnits / unitsPerMinute) * 60_000).toISOString();
}

/** What the operator reads in the Temporal UI. */
export function showDetails(progress: Progress): void {
  const { units, days } = progress;
  const finished = finishedUnits(units);
  const lines = [
    `**${progress.state}**: ${progress.doing}`,
    ...(progress.waiting_for === null ? [] : [`waiting for: ${progress.waiting_for}`]),
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

/** Decides when a day tells its backfill how far it is: at most every 5 s and about 20 times, to bound both histories. */
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

/** Progress of one day, from what it reports. */
export function dayProgress(
  report: DayReport,
  run: { rate: Rate; paused: boolean; startedAtMs: number; rows?: Record<string, number>; done?: boolean },
): Progress {
  const left = report.units.total - finishedUnits(report.units);
  const waitingFor = run.paused ? 'resume' : report.waiting_for;
  return {
    state: run.done === true ? 'done' : run.paused ? 'paused' : waitingFor === null ? 'running' : 'waiting',
    doing: report.doing,
    days: { total: 1, done: run.done === true ? 1 : 0, running: run.done === true ? 0 : 1, failed: 0, skipped: 0 },
    units: report.units,
    rows: run.rows ?? {},
    calls: report.calls,
    calls_per_minute: run.rate.perMinute('calls'),
    waiting_for: waitingFor,
    eta: eta(left, run.rate.perMinute('units')),
    started_at: new Date(run.startedAtMs).toISOString(),
    updated_at: new Date(Date.now()).toISOString(),
    running: [],
  };
}
