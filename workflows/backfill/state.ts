/**
 * What a backfill knows: which days it has, what has become of them, and what comes next. Plain arithmetic, carried
 * through continue-as-new as it is.
 */
import { addDays, daysBetween, isDay } from '../../model/calendar.ts';
import { DAYS_AT_MOST } from '../../model/bounds.ts';
import type { RestatedTable } from '../../model/committed-day.ts';
import { addGap, OTHER_REASONS, topGaps } from '../../model/gaps.ts';
import { troubledBy, troubledDays, type TroubledDay, type TroubledDays } from '../../model/troubled-days.ts';
import { addCounts, type Refresh, type UnitCounts } from '../../model/units.ts';
import type { Seen } from '../common/progress.ts';
import { finishedUnits } from '../common/progress.ts';
import type { BackfillResult, DayReport, DayStatus, ExportDayResult, Gap } from '../messages.ts';

/** What is told of a day: some thousand bad days fit into what is carried through continue-as-new. */
const REASONS_PER_DAY = 5;
/** Told to the operator, and carried too. */
const NOTES_AT_MOST = 20;
const DAYS_AT_ONCE = 7;

/** A day to be run. `fetched_since`: what was fetched since then (unix ms) is not asked for again; 0: nothing was. */
export interface DayTask {
  day: string;
  refresh: Refresh;
  fetched_since: number;
}

export interface BackfillRange {
  from: string;
  to: string;
  order: 'newest-first' | 'oldest-first';
  /** Of the days as they come; those that are run again are asked for what is missing. */
  refresh: Refresh;
}

/** A day that ended with a gap or failed, and what it added to the sums: taken back when it is run again. */
interface Troubled extends Pick<TroubledDay, 'day' | 'status'> {
  units: UnitCounts;
  tables: Record<string, number>;
  /** Which of the gaps of all days, by index, and how many of them: a reason that many days have is carried once. */
  gaps: [index: number, count: number][];
}

/** All of the state, as it is carried through continue-as-new. */
export interface BackfillSums extends Pick<
  BackfillResult,
  'days' | 'units' | 'tables' | 'gaps' | 'restatements' | 'calls'
> {
  /** In the order in which they came up, those included of which none is left. */
  gaps: Gap[];
  /** Null until the range is resolved. */
  range: BackfillRange | null;
  /** Days of the range that have been begun or left out. */
  cursor: number;
  concurrency: number;
  skip: string[];
  troubled: Troubled[];
  /** Days to run before those that the cursor has not reached: waiting ones that were put back, and those to run again. */
  ahead: DayTask[];
  /** What the operator has to be told. */
  notes: string[];
}

export class BackfillState {
  readonly #sums: BackfillSums;
  readonly #running = new Map<string, DayReport>();
  #putBack = 0;

  constructor(carried: BackfillSums | null, concurrency: number) {
    this.#sums = carried ?? {
      range: null,
      cursor: 0,
      concurrency,
      skip: [],
      troubled: [],
      ahead: [],
      notes: [],
      days: {},
      units: {},
      tables: {},
      gaps: [],
      restatements: [],
      calls: 0,
    };
  }

  get carried(): BackfillSums {
    return this.#sums;
  }

  get concurrency(): number {
    return this.#sums.concurrency;
  }

  get notes(): readonly string[] {
    return this.#sums.notes;
  }

  get range(): BackfillRange | null {
    return this.#sums.range;
  }

  /** Days of the range; 0 until it is resolved. */
  get total(): number {
    const { range } = this.#sums;
    return range === null ? 0 : daysBetween(range.from, range.to) + 1;
  }

  /** @returns in words, for the operator, the days to skip that turn out not to be among these; they are forgotten */
  resolve(range: BackfillRange): readonly string[] {
    const sums = this.#sums;
    sums.range = range;
    const outside = sums.skip.filter((day) => day < range.from || day > range.to);
    sums.skip = sums.skip.filter((day) => !outside.includes(day));
    const named = outside.slice(0, NOTES_AT_MOST);
    for (const day of named) sums.notes.push(`not skipped: ${day}, which is no day of ${range.from} to ${range.to}`);
    if (outside.length > named.length) sums.notes.push(`nor ${outside.length - named.length} days more`);
    return sums.notes;
  }

  get hasNext(): boolean {
    return this.#sums.ahead.length > 0 || this.#sums.cursor < this.total;
  }

  /** The next day to run, which counts as running from now on; null where the next one is to be skipped. */
  next(): DayTask | null {
    const sums = this.#sums;
    const task = sums.ahead.shift() ?? this.#atCursor();
    if (sums.skip.includes(task.day)) {
      this.#ended('skipped');
      return null;
    }
    this.#running.set(task.day, starting(task.day));
    return task;
  }

  #atCursor(): DayTask {
    const { range, cursor } = this.#sums;
    if (range === null || cursor >= this.total) throw new RangeError('no day is left');
    this.#sums.cursor++;
    const { from, to, order, refresh } = range;
    return { day: order === 'oldest-first' ? addDays(from, cursor) : addDays(to, -cursor), refresh, fetched_since: 0 };
  }

  reported(report: DayReport): void {
    if (this.#running.has(report.day)) this.#running.set(report.day, report);
  }

  waits(day: string, waitingFor: string | null): void {
    const report = this.#running.get(day);
    if (report) this.#running.set(day, { ...report, waiting_for: waitingFor });
  }

  /** Days that have not begun yet: in their order, they are the first to come in the next run. */
  putBack(task: DayTask): void {
    this.#running.delete(task.day);
    this.#sums.ahead.splice(this.#putBack++, 0, task);
  }

  completed(day: string, result: ExportDayResult): void {
    const sums = this.#sums;
    addCounts(sums.units, result.units);
    addCounts(sums.tables, result.tables);
    sums.calls += result.calls;
    for (const restated of result.restatements) this.#addRestated(restated);
    const { units, tables } = result;
    const gaps = this.#addGaps(toldOf(result.gaps));
    if (!result.complete) sums.troubled.push({ day, status: 'incomplete', units, tables, gaps });
    this.#running.delete(day);
    this.#ended(result.complete ? 'complete' : 'incomplete');
  }

  /** A day that fails is counted with its reason. */
  failed(day: string, { type, reason }: { type: string; reason: string }): void {
    const gaps = this.#addGaps([{ reason: `${day}: ${type}: ${reason}`, count: 1 }]);
    this.#sums.troubled.push({ day, status: 'failed', units: {}, tables: {}, gaps });
    this.#running.delete(day);
    this.#ended('failed');
  }

  /** @returns why not, in words; null: it may be set */
  whyNotConcurrency(concurrency: unknown): string | null {
    if (Number.isInteger(concurrency) && Number(concurrency) >= 1 && Number(concurrency) <= DAYS_AT_ONCE) return null;
    return `setConcurrency takes a whole number of days at a time, 1 to ${DAYS_AT_ONCE}`;
  }

  setConcurrency(concurrency: number): string {
    this.#sums.concurrency = concurrency;
    return `${concurrency} days at a time from now on`;
  }

  /** Before the range is known any day is taken. */
  whyNotSkip(day: unknown): string | null {
    const { range, ahead, cursor } = this.#sums;
    const among = range === null ? '' : `, ${range.from} to ${range.to}`;
    if (typeof day !== 'string' || !isDay(day)) return `skipDay takes a day of this backfill${among}`;
    if (range === null)
      return this.#sums.skip.length < DAYS_AT_MOST ? null : `skipDay takes at most ${DAYS_AT_MOST} days`;
    if (day < range.from || day > range.to) return `skipDay takes a day of this backfill${among}`;
    if (this.#running.has(day)) return `${day} is being exported; cancel its workflow to stop it`;
    if (ahead.some((task) => task.day === day)) return null;
    const index = range.order === 'oldest-first' ? daysBetween(range.from, day) : daysBetween(day, range.to);
    return index < cursor ? `${day} has ended already` : null;
  }

  skip(day: string): string {
    if (!this.#sums.skip.includes(day)) this.#sums.skip.push(day);
    return `${day} will be skipped`;
  }

  whyNotRetry(reasons: unknown): string | null {
    if (reasons !== undefined && !(Array.isArray(reasons) && reasons.every((reason) => typeof reason === 'string'))) {
      return 'retryFailed takes {"reasons": ["part of a reason", …]}, or nothing for every reason';
    }
    const { troubled } = this;
    if (troubledBy(troubled, reasons).length > 0) return null;
    const known = [...new Set(troubled.flatMap((day) => day.reasons))].slice(0, REASONS_PER_DAY);
    const has = known.length === 0 ? 'no day has failed or has a gap' : `the reasons so far: ${known.join('; ')}`;
    return `nothing to run again: ${has}`;
  }

  /** Runs the days again for what failed, is pending or absent; what was counted of them is counted anew. */
  retry(reasons: string[] | undefined): string {
    const sums = this.#sums;
    const asked = new Set(troubledBy(this.troubled, reasons).map(({ day }) => day));
    const days = sums.troubled.filter(({ day }) => asked.has(day));
    sums.troubled = sums.troubled.filter(({ day }) => !asked.has(day));
    for (const { day, status, units, tables, gaps } of days) {
      sums.ahead.push({ day, refresh: 'missing', fetched_since: 0 });
      addCounts(sums.days, { [status]: -1 });
      addCounts(sums.units, negated(units));
      addCounts(sums.tables, negated(tables));
      for (const [index, count] of gaps) sums.gaps[index]!.count -= count;
    }
    return `${days.length} days will be asked again for what is missing: ${days.map(({ day }) => day).join(', ')}`;
  }

  get troubled(): TroubledDay[] {
    return troubledDays(this.toldTroubled);
  }

  get toldTroubled(): TroubledDays {
    const { troubled, gaps: known } = this.#sums;
    const days = troubled.map(({ day, status, gaps }) => ({ day, status, reasons: gaps.map(([index]) => index) }));
    return { reasons: known.map(({ reason }) => reason), days };
  }

  get outcome(): 'complete' | 'incomplete' {
    return (this.#sums.days.complete ?? 0) === this.total ? 'complete' : 'incomplete';
  }

  get result(): BackfillResult {
    const { days, units, tables, gaps, restatements, calls } = this.#sums;
    const left = topGaps(gaps.filter(({ count }) => count > 0));
    return { complete: this.outcome === 'complete', days, units, tables, gaps: left, restatements, calls };
  }

  /** What its ended days came to and what its running ones report. */
  get seen(): Seen {
    const sums = this.#sums;
    const running = [...this.#running.values()];
    const units: Seen['units'] = { total: finishedUnits(sums.units), ...sums.units };
    let { calls } = sums;
    for (const report of running) {
      const { total, ...counts } = report.units;
      units.total += total;
      addCounts(units, counts);
      calls += report.calls;
    }
    const days = {
      total: this.total,
      done: (sums.days.complete ?? 0) + (sums.days.incomplete ?? 0),
      running: running.length,
      failed: sums.days.failed ?? 0,
      skipped: sums.days.skipped ?? 0,
    };
    const begun = days.done + days.failed + days.running;
    const perDay = begun > 0 ? units.total / begun : 0;
    const waits = running.flatMap(({ waiting_for }) => (waiting_for === null ? [] : [waiting_for]));
    return {
      doing: sums.range === null ? 'starting' : `${sums.range.from} to ${sums.range.to}`,
      ...(sums.range === null ? {} : { range: { from: sums.range.from, to: sums.range.to } }),
      days,
      units,
      unitsLeft: units.total - finishedUnits(units) + perDay * (days.total - begun - days.skipped),
      rows: sums.tables,
      calls,
      // One day that moves is enough for the backfill to move.
      waitingFor: running.length > 0 && waits.length === running.length ? (waits[0] ?? null) : null,
      running: running.map((report) => ({
        day: report.day,
        doing: report.waiting_for === null ? report.doing : `waiting for ${report.waiting_for}`,
        units_done: finishedUnits(report.units),
        units_total: report.units.total,
      })),
    };
  }

  #ended(status: DayStatus): void {
    addCounts(this.#sums.days, { [status]: 1 });
  }

  #addGaps(gaps: Gap[]): Troubled['gaps'] {
    const counts = new Map<number, number>();
    for (const gap of gaps) {
      const index = addGap(this.#sums.gaps, gap);
      counts.set(index, (counts.get(index) ?? 0) + gap.count);
    }
    return [...counts];
  }

  #addRestated({ table, added, removed, changed }: RestatedTable): void {
    const known = this.#sums.restatements.find((other) => other.table === table);
    if (!known) return void this.#sums.restatements.push({ table, added, removed, changed });
    known.added += added;
    known.removed += removed;
    known.changed += changed;
  }
}

/** The largest gaps of a day, which come first; what does not fit is summed up. */
function toldOf(gaps: Gap[]): Gap[] {
  if (gaps.length <= REASONS_PER_DAY) return gaps;
  const count = gaps.slice(REASONS_PER_DAY - 1).reduce((sum, gap) => sum + gap.count, 0);
  return [...gaps.slice(0, REASONS_PER_DAY - 1), { reason: OTHER_REASONS, count }];
}

function starting(day: string): DayReport {
  return { day, doing: 'starting', units: { total: 0 }, calls: 0, waiting_for: null };
}

function negated(counts: Partial<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count = 0]) => [name, -count]));
}
