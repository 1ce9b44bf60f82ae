/** What a day knows of itself: its units, its meetings, its calls. Plain arithmetic. */
import type { DayWindow } from '../../activities/index.ts';
import type { StageResource } from '../../activities/index.ts';
import { addCounts, type UnitCounts, type UnitStatus } from '../../model/units.ts';
import { finishedUnits, type Seen } from '../common/progress.ts';
import { failure } from '../common/outcomes.ts';
import { addRefused, noneRefused, whyHopeless, type Refused } from '../common/refusals.ts';
import type { DayReport } from '../messages.ts';

/** All of the state, as it is carried through continue-as-new. */
export interface DaySums {
  window: DayWindow;
  /** When the day's first run began, unix ms: a later export of the day has a larger one. */
  generation: number;
  /** Index of the next meeting to ask about; -1 until the lists are there. */
  cursor: number;
  /** Whether participant-sessions are the units; else each meeting's list is one. */
  withQuality: boolean;
  units: Seen['units'];
  meetings: number;
  meetingsDone: number;
  calls: number;
  /** Of what is asked of each meeting and of each session. */
  refused: Record<AskedOften, Refused>;
}

export type AskedOften = 'participant_list' | 'participant_quality_list';

const IN_WORDS: Record<AskedOften, string> = {
  participant_list: 'lists of participants',
  participant_quality_list: 'participant-sessions',
};

export class DayState {
  readonly #day: string;
  #sums: DaySums | null = null;
  #doing = 'starting';
  #done = false;
  #rows: Record<string, number> = {};

  constructor(day: string) {
    this.#day = day;
  }

  begin(plan: Pick<DaySums, 'window' | 'generation' | 'withQuality'>): void {
    const refused = { participant_list: noneRefused(), participant_quality_list: noneRefused() };
    this.#sums = { ...plan, cursor: -1, units: { total: 0 }, meetings: 0, meetingsDone: 0, calls: 0, refused };
  }

  resume(sums: DaySums): void {
    this.#sums = sums;
  }

  /** @throws TypeError before the day has begun */
  get sums(): DaySums {
    if (this.#sums === null) throw new TypeError('the day has not begun');
    return this.#sums;
  }

  says(doing: string): void {
    this.#doing = doing;
  }

  /** Units that are known to come. */
  expect(units: number): void {
    this.sums.units.total += units;
  }

  count(units: UnitCounts, calls = 0): void {
    addCounts(this.sums.units, units);
    this.sums.calls += calls;
  }

  /** The meeting lists are no units; with quality, the units of a meeting are its sessions, not its list. */
  unitEnded(resource: StageResource, status: UnitStatus | null, calls: number): void {
    const isUnit = resource !== 'meeting_list' && !(resource === 'participant_list' && this.sums.withQuality);
    this.count(status !== null && isUnit ? { [status]: 1 } : {}, calls);
  }

  /** @throws ApplicationFailure `PermissionDenied` where everything of the kind was refused, and it is of no use to go on */
  heard(kind: AskedOften, more: Refused): void {
    const refused = this.sums.refused[kind];
    addRefused(refused, more);
    const why = whyHopeless(refused, IN_WORDS[kind]);
    if (why !== null) throw failure('PermissionDenied', why);
  }

  meetingsFound(total: number): void {
    this.sums.meetings = total;
    if (!this.sums.withQuality) this.expect(total);
  }

  meetingEnded(): void {
    this.sums.meetingsDone++;
  }

  /** `expected`: the sessions that the meeting's list promised. What they come to is known at the end. */
  sessionsEnded(expected: number, result: { units: UnitCounts; calls: number }): void {
    this.expect(finishedUnits(result.units) - expected);
    this.count(result.units, result.calls);
  }

  /** The meeting as a whole counts as one failed unit. */
  sessionsFailed(expected: number): void {
    this.expect(1 - expected);
    this.count({ failed: 1 });
  }

  committed(rows: Record<string, number>): void {
    this.#rows = rows;
    this.#done = true;
  }

  get seen(): Seen {
    const { units, calls, meetings, meetingsDone } = this.#sums ?? {
      units: { total: 0 },
      calls: 0,
      meetings: 0,
      meetingsDone: 0,
    };
    const done = this.#done ? 1 : 0;
    return {
      doing: meetings > 0 ? `${this.#doing} (${meetingsDone} of ${meetings} meetings)` : this.#doing,
      days: { total: 1, done, running: 1 - done, failed: 0, skipped: 0 },
      units: { ...units },
      rows: this.#rows,
      calls,
    };
  }

  /** For whoever started it. */
  report(waitingFor: string | null): DayReport {
    const { doing, units, calls } = this.seen;
    return { day: this.#day, doing: this.#done ? 'done' : doing, units, calls, waiting_for: waitingFor };
  }
}
