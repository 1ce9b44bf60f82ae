/** How far a backfill is: what its ended days came to and what its running ones report. */
import type { UnitCounts } from '../../model/units.ts';
import { addCounts } from '../../model/units.ts';
import type { DayReport, DayStatus, Progress } from '../messages.ts';
import { eta, finishedUnits, type Rate } from '../common/progress.ts';

export interface BackfillSums {
  from: string;
  to: string;
  total: number;
  days: Partial<Record<DayStatus, number>>;
  units: UnitCounts;
  tables: Record<string, number>;
  calls: number;
  startedAtMs: number;
}

export function backfillProgress(
  state: BackfillSums,
  run: { running: DayReport[]; paused: boolean; done: boolean; rate: Rate },
): Progress {
  const { running } = run;
  const units: Progress['units'] = { total: finishedUnits(state.units), ...state.units };
  let calls = state.calls;
  for (const report of running) {
    const { total, ...counts } = report.units;
    units.total += total;
    addCounts(units, counts);
    calls += report.calls;
  }
  const days = {
    total: state.total,
    done: (state.days.complete ?? 0) + (state.days.incomplete ?? 0),
    running: running.length,
    failed: state.days.failed ?? 0,
    skipped: state.days.skipped ?? 0,
  };
  const waits = running.map((report) => report.waiting_for).filter((reason) => reason !== null);
  const waitingFor = run.paused
    ? 'resume'
    : running.length > 0 && waits.length === running.length
      ? (waits[0] ?? null)
      : null;
  const begun = days.done + days.failed + days.skipped + days.running;
  const perDay = begun > days.skipped ? units.total / (begun - days.skipped) : 0;
  const left = units.total - finishedUnits(units) + perDay * (days.total - begun);
  return {
    state: run.done ? 'done' : run.paused ? 'paused' : waitingFor === null ? 'running' : 'waiting',
    doing: run.done ? 'done' : `${state.from} to ${state.to}`,
    range: { from: state.from, to: state.to },
    days,
    units,
    rows: state.tables,
    calls,
    calls_per_minute: run.rate.perMinute('calls'),
    waiting_for: waitingFor,
    eta: run.done ? null : eta(left, run.rate.perMinute('units')),
    started_at: new Date(state.startedAtMs).toISOString(),
    updated_at: new Date(Date.now()).toISOString(),
    running: running.map((report) => ({
      day: report.day,
      doing: report.waiting_for === null ? report.doing : `waiting for ${report.waiting_for}`,
      units_done: finishedUnits(report.units),
      units_total: report.units.total,
    })),
  };
}
