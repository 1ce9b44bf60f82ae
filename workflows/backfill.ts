/**
 * `backfill`: one `exportDay` for each day of a range, a few at a time.
 *
 * A day that fails or is held by another run never blocks the others. Days report how far they are by signals, about
 * twenty each. When the history has grown enough, the running days end first and the run continues as new at the next
 * day. Cancelling it cancels its days; committed days stay as they are.
 */
import type { Refresh, UnitCounts } from '../model/units.ts';
import { addCounts } from '../model/units.ts';
import { CancellationScope, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { TaskPool } from './common/concurrency.ts';
import { shouldContinueAsNew } from './common/continue-as-new.ts';
import type { BackfillInput, ExportDayInput } from './input.ts';
import {
  dayReportSignal,
  progressQuery,
  retryFailedUpdate,
  setConcurrencyUpdate,
  skipDayUpdate,
  troubledBy,
  troubledQuery,
  type BackfillResult,
  type DayReport,
  type DayStatus,
  type Gap,
  type Progress,
  type RestatedTable,
  type TroubledDay,
} from './messages.ts';
import {
  applicationFailure,
  endedFromOutside,
  failure,
  parseInput,
  unwrapFailure,
  topGaps,
} from './common/outcomes.ts';
import { finishedUnits, Rate, showDetails, startingProgress } from './common/progress.ts';
import { backfillProgress } from './backfill/progress.ts';
import { addDays, daysBetween } from '../model/calendar.ts';
import { planBackfill } from './dry-run/plan.ts';
import { runDayUnderItsId } from './day/run.ts';
import { SearchAttributes } from './common/search-attributes.ts';
import { Steering } from './common/steering.ts';
import { settings } from './common/activities.ts';

const BACKFILL_PRIORITY = 5;
const REASONS_PER_DAY = 5;
const REASON_LENGTH = 200;

/** A day that ended with a gap or failed, and what it added to the sums: taken back when it is run again. */
interface Troubled extends TroubledDay {
  units: UnitCounts;
  tables: Record<string, number>;
  gaps: Gap[];
}

/** Carried through continue-as-new: the sums of the days so far, and where it stands. */
interface Carried extends Pick<BackfillResult, 'days' | 'units' | 'tables' | 'gaps' | 'restatements' | 'calls'> {
  from: string;
  to: string;
  total: number;
  cursor: number;
  concurrency: number;
  skip: string[];
  /** Days that ended with a gap or failed, with their reasons. */
  troubled: Troubled[];
  /** Days to run again for what is missing. */
  again: string[];
  startedAtMs: number;
  paused: boolean;
  /** Names of the search attributes that the worker found registered. */
  attributes: string[];
}

export async function backfill(input: unknown, carried?: Carried): Promise<BackfillResult> {
  const checked = parseInput('backfill', input);
  // Whoever has just started it may ask at once.
  setHandler(progressQuery, startingProgress);
  setHandler(troubledQuery, () => []);
  try {
    const state = carried ?? (await begin(checked));
    if (checked.dry_run) return await dryRun(checked, state);
    return await new BackfillRun(checked, state).run();
  } catch (error) {
    throw unwrapFailure(error);
  }
}

/** Resolves the range once, from the scheduled time where a schedule started the run. */
async function begin(input: BackfillInput): Promise<Carried> {
  const scheduled = workflowInfo().searchAttributes['TemporalScheduledStartTime']?.[0];
  const atMs = scheduled instanceof Date ? scheduled.getTime() : Date.now();
  const { from, to, month, days_back } = input;
  const range = await settings.describeRange({
    profile: input.profile,
    at_ms: atMs,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(month === undefined ? {} : { month }),
    ...(days_back === undefined ? {} : { days_back }),
  });
  if (range.problems.length > 0) {
    const message = `backfill: ${range.problems.map((problem) => `${problem.field}: ${problem.message}`).join('; ')}`;
    throw failure('InvalidInput', message, ...range.problems);
  }
  return {
    from: range.from,
    to: range.to,
    total: daysBetween(range.from, range.to) + 1,
    cursor: 0,
    concurrency: input.concurrency,
    skip: [],
    troubled: [],
    again: [],
    days: {},
    units: {},
    tables: {},
    gaps: [],
    restatements: [],
    calls: 0,
    startedAtMs: Date.now(),
    paused: false,
    attributes: (await settings.describeProfile({ profile: input.profile })).search_attributes,
  };
}

async function dryRun(input: BackfillInput, { from, to, total, attributes }: Carried): Promise<BackfillResult> {
  new SearchAttributes(attributes).set(attributesOf(input));
  const plan = await planBackfill(input, { from, to, days: total });
  setCurrentDetails(`Plan: ${plan.meetings} meetings, ${plan.units} units, ${plan.calls_in_all} calls.`);
  const nothing = { days: {}, units: {}, tables: {}, gaps: [], restatements: [] };
  return { complete: false, ...nothing, calls: plan.calls_of_this_plan, plan };
}

function attributesOf({ profile, include }: BackfillInput): { FeishuProfile: string; FeishuResource: string } {
  return { FeishuProfile: profile, FeishuResource: include.join(',') };
}

class BackfillRun {
  readonly #input: BackfillInput;
  readonly #state: Carried;
  readonly #steering: Steering;
  readonly #rate = new Rate();
  readonly #running = new Map<string, DayReport>();
  readonly #pool = new TaskPool(() => this.#state.concurrency);
  readonly #attributes: SearchAttributes;
  #done = false;

  constructor(input: BackfillInput, state: Carried) {
    this.#input = input;
    this.#state = state;
    this.#attributes = new SearchAttributes(state.attributes);
    this.#attributes.set(attributesOf(input));
    this.#steering = new Steering({ paused: state.paused, onChange: () => this.#show() });
    setHandler(progressQuery, () => this.progress());
    setHandler(troubledQuery, () => this.#state.troubled.map(({ day, status, reasons }) => ({ day, status, reasons })));
    setHandler(dayReportSignal, (report) => this.#reported(report));
    setHandler(setConcurrencyUpdate, (concurrency) => this.#setConcurrency(concurrency), {
      validator: (concurrency) => {
        if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 7) {
          throw new Error('setConcurrency takes a whole number of days at a time, 1 to 7');
        }
      },
    });
    setHandler(retryFailedUpdate, (choice?: { reasons?: string[] }) => this.#retryFailed(choice?.reasons), {
      validator: (choice?: { reasons?: string[] }) => this.#refuseRetry(choice?.reasons),
    });
    setHandler(skipDayUpdate, (day) => this.#skipDay(day), { validator: (day) => this.#refuseSkip(day) });
  }

  async run(): Promise<BackfillResult> {
    return await this.#steering.lead(() => this.#exportDays());
  }

  async #exportDays(): Promise<BackfillResult> {
    const state = this.#state;
    const pool = this.#pool;
    this.#show();
    while (this.#hasNext() || pool.size > 0) {
      // What fails while the last days run can still be asked for again.
      if (this.#hasNext()) await this.#startNext();
      else await pool.change();
      if (shouldContinueAsNew() && this.#hasNext()) {
        await pool.drain();
        return await continueAsNew<typeof backfill>(this.#input, { ...state, paused: this.#steering.paused });
      }
    }
    await pool.drain();
    this.#done = true;
    this.#show();
    const { days, units, tables, gaps, restatements, calls } = state;
    return { complete: this.#outcome() === 'complete', days, units, tables, gaps: topGaps(gaps), restatements, calls };
  }

  #hasNext(): boolean {
    return this.#state.cursor < this.#state.total || this.#state.again.length > 0;
  }

  async #startNext(): Promise<void> {
    const state = this.#state;
    const pool = this.#pool;
    const again = state.again.shift();
    if (again !== undefined) return await pool.run(() => this.#exportDay(again, 'missing'));
    const day = this.#dayAt(state.cursor);
    if (state.skip.includes(day)) this.#ended('skipped');
    else await pool.run(() => this.#exportDay(day, this.#input.refresh));
    state.cursor++;
  }

  #dayAt(index: number): string {
    const { from, to } = this.#state;
    return this.#input.order === 'oldest-first' ? addDays(from, index) : addDays(to, -index);
  }

  /** A day that fails is counted with its reason; only what would fail every day alike ends the backfill. */
  async #exportDay(day: string, refresh: Refresh): Promise<void> {
    const report = { day, doing: 'starting', units: { total: 0 }, calls: 0, waiting_for: null };
    this.#running.set(day, report);
    this.#show();
    try {
      await this.#steering.go();
      if (this.#state.skip.includes(day)) return this.#ended('skipped');
      const result = await runDayUnderItsId({
        input: { ...this.#inputOf(day), refresh },
        steering: this.#steering,
        priority: { priorityKey: BACKFILL_PRIORITY, fairnessKey: fairnessKey(workflowInfo().workflowId) },
        onWaiting: (holder) => this.#reported({ ...(this.#running.get(day) ?? report), waiting_for: holder }),
      });
      const state = this.#state;
      addCounts(state.units, result.units);
      addCounts(state.tables, result.tables);
      for (const gap of result.gaps) this.#addGap(gap);
      for (const restated of result.restatements) this.#addRestated(restated);
      state.calls += result.calls;
      this.#ended(result.complete ? 'complete' : 'incomplete');
      if (!result.complete)
        this.#note({ day, status: 'incomplete', units: result.units, tables: result.tables, gaps: result.gaps });
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      const known = applicationFailure(error);
      const failed = known ? { type: known.type, reason: known.message } : endedFromOutside(error);
      if (!failed || failed.type === 'CredentialsRejected') throw error;
      const gap = { reason: `${day}: ${failed.type}: ${failed.reason}`, count: 1 };
      this.#addGap(gap);
      this.#note({ day, status: 'failed', units: {}, tables: {}, gaps: [gap] });
      this.#ended('failed');
    } finally {
      this.#running.delete(day);
      this.#show();
    }
  }

  #inputOf(day: string): ExportDayInput {
    const { include, listing, source, user_id_type, room_level_id, refresh, profile } = this.#input;
    const { include_external_meetings, include_webinar } = this.#input;
    const optional = room_level_id === undefined ? {} : { room_level_id };
    return {
      day,
      include,
      listing,
      source,
      user_id_type,
      refresh,
      include_external_meetings,
      include_webinar,
      profile,
      ...optional,
    };
  }

  #ended(status: DayStatus): void {
    this.#state.days[status] = (this.#state.days[status] ?? 0) + 1;
  }

  #addGap(gap: Gap): void {
    const known = this.#state.gaps.find((other) => other.reason === gap.reason);
    if (known) known.count += gap.count;
    else if (this.#state.gaps.length < 200) this.#state.gaps.push({ ...gap });
  }

  #addRestated({ table, added, removed, changed }: RestatedTable): void {
    const known = this.#state.restatements.find((other) => other.table === table);
    if (!known) return void this.#state.restatements.push({ table, added, removed, changed });
    known.added += added;
    known.removed += removed;
    known.changed += changed;
  }

  #reported(report: DayReport): void {
    if (!this.#running.has(report.day)) return;
    this.#running.set(report.day, report);
    this.#show();
  }

  #note(day: Omit<Troubled, 'reasons'>): void {
    const reasons = day.gaps.slice(0, REASONS_PER_DAY).map((gap) => gap.reason.slice(0, REASON_LENGTH));
    this.#state.troubled.push({ ...day, reasons });
  }

  #refuseRetry(reasons: unknown): void {
    if (reasons !== undefined && !(Array.isArray(reasons) && reasons.every((reason) => typeof reason === 'string'))) {
      throw new Error('retryFailed takes {"reasons": ["part of a reason", …]}, or nothing for every reason');
    }
    if (troubledBy(this.#state.troubled, reasons).length > 0) return;
    const known = [...new Set(this.#state.troubled.flatMap((day) => day.reasons))].slice(0, REASONS_PER_DAY);
    const has = known.length === 0 ? 'no day has failed or has a gap' : `the reasons so far: ${known.join('; ')}`;
    throw new Error(`nothing to run again: ${has}`);
  }

  /** Runs the days again for what failed, is pending or absent; what was counted of them is counted anew. */
  #retryFailed(reasons: string[] | undefined): string {
    const days = troubledBy(this.#state.troubled, reasons);
    this.#state.troubled = this.#state.troubled.filter((day) => !days.includes(day));
    for (const { day, status, units, tables, gaps } of days) {
      this.#state.again.push(day);
      addCounts(this.#state.days, { [status]: -1 });
      addCounts(this.#state.units, negated(units));
      addCounts(this.#state.tables, negated(tables));
      for (const gap of gaps) this.#addGap({ ...gap, count: -gap.count });
    }
    this.#state.gaps = this.#state.gaps.filter((gap) => gap.count > 0);
    this.#pool.wake();
    this.#show();
    return `${days.length} days will be asked again for what is missing: ${days.map(({ day }) => day).join(', ')}`;
  }

  #setConcurrency(concurrency: number): string {
    this.#state.concurrency = concurrency;
    this.#pool.wake();
    return `${concurrency} days at a time from now on`;
  }

  #refuseSkip(day: string): void {
    const { from, to } = this.#state;
    if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day) || day < from || day > to) {
      throw new Error(`skipDay takes a day of this backfill, ${from} to ${to}`);
    }
    if (this.#running.has(day)) throw new Error(`${day} is being exported; cancel its workflow to stop it`);
    const index = this.#input.order === 'oldest-first' ? daysBetween(from, day) : daysBetween(day, to);
    if (index < this.#state.cursor) throw new Error(`${day} has ended already`);
  }

  #skipDay(day: string): string {
    if (!this.#state.skip.includes(day)) this.#state.skip.push(day);
    return `${day} will be skipped`;
  }

  #show(): void {
    const progress = this.progress();
    this.#rate.mark(progress.calls, finishedUnits(progress.units));
    showDetails(progress);
    this.#attributes.set({ FeishuStatus: progress.state === 'done' ? this.#outcome() : progress.state });
  }

  #outcome(): 'complete' | 'incomplete' {
    return (this.#state.days.complete ?? 0) === this.#state.total ? 'complete' : 'incomplete';
  }

  progress(): Progress {
    return backfillProgress(this.#state, {
      running: [...this.#running.values()],
      paused: this.#steering.paused,
      done: this.#done,
      rate: this.#rate,
    });
  }
}

function negated(counts: Partial<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count = 0]) => [name, -count]));
}

/** Temporal takes at most 64 bytes. */
function fairnessKey(workflowId: string): string {
  return workflowId.slice(-64);
}
