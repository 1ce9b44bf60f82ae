/** What a plan counts: the meetings of each day by L1, and the sessions of a sample of them by L2. */
import { addCounts } from '../../model/units.ts';
import type { Candidate, DayCount } from '../../activities/index.ts';
import { addDays } from '../../model/calendar.ts';
import { look } from '../common/activities.ts';
import { shouldContinueAsNew } from '../common/continue-as-new.ts';
import { PageTrail } from '../common/page-trail.ts';
import type { Seen } from '../common/progress.ts';
import type { Run } from '../common/run.ts';
import type { BackfillInput } from '../input.ts';
import type { BackfillPlan } from '../messages.ts';
import { sharesOf, type Shares } from './shares.ts';

/** One call each. Of so many meetings of five people, the share of guests is known to some 4 %. */
const SAMPLED_MEETINGS = 12;
/** Feishu refuses windows of over a year. */
const DAYS_AT_ONCE = 180;

/** Carried through continue-as-new. */
export interface Counted {
  /** By day; a day without meetings has none. */
  days: Record<string, DayCount>;
  /** The best, and one more: its priority says what those of the sample stand for. */
  candidates: Candidate[];
  calls: number;
  /** Where to go on: first day of a part of the range, and the page within it; null at the beginning. */
  at: { from: string; page_token: string | null } | null;
}

/** How far a plan is. */
export class PlanState {
  readonly counted: Counted;
  #doing = 'starting';
  /** Calls that are not for counting. */
  #otherCalls = 0;
  #notes: string[] = [];

  constructor(counted: Counted | null) {
    this.counted = counted ?? { days: {}, candidates: [], calls: 0, at: null };
  }

  says(doing: string): void {
    this.#doing = doing;
  }

  addCalls(calls: number): void {
    this.#otherCalls += calls;
  }

  get calls(): number {
    return this.counted.calls + this.#otherCalls;
  }

  ended({ meetings, units, calls_in_all }: BackfillPlan): void {
    this.#notes = [`Plan: ${meetings} meetings, ${units} units, ${calls_in_all} calls.`];
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  get seen(): Seen {
    return { doing: this.#doing, calls: this.calls, units: { total: 0 } };
  }
}

/** The plan while it is made. */
export interface Planning {
  input: BackfillInput;
  run: Run;
  state: PlanState;
  /** Ends this run and goes on in the next one with what is counted. */
  leave(): Promise<never>;
}

export async function countDays(planning: Planning, range: { from: string; to: string }): Promise<void> {
  const { counted } = planning.state;
  for (let from = counted.at?.from ?? range.from; from <= range.to; from = addDays(from, DAYS_AT_ONCE)) {
    const last = addDays(from, DAYS_AT_ONCE - 1);
    await countPart(planning, { from, to: last < range.to ? last : range.to });
    counted.at = { from: addDays(from, DAYS_AT_ONCE), page_token: null };
  }
}

async function countPart({ input, run, state, leave }: Planning, part: { from: string; to: string }): Promise<void> {
  const { profile, include_external_meetings, include_webinar } = input;
  const { counted } = state;
  const [first, last] = await Promise.all([
    look.describeDay({ profile, day: part.from }),
    look.describeDay({ profile, day: part.to }),
  ]);
  const window = { from: first.from, to: last.to, ask_until: last.ask_until };
  const read = (page_token: string | null) => {
    const above_priority = counted.candidates[SAMPLED_MEETINGS]?.priority ?? 0;
    const rest = { page_token, above_priority, candidates_at_most: SAMPLED_MEETINGS + 1 };
    const query = { profile, ...window, include_external_meetings, include_webinar, ...rest };
    return run.calls.make('countMeetings', query, 'count meetings');
  };
  const onPage = async (page: CountedPage) => {
    addPage(counted, page);
    counted.at = { from: part.from, page_token: page.page_token };
    run.show();
    // A range of many meetings has more pages than one history takes.
    if (page.page_token !== null && shouldContinueAsNew()) await leave();
  };
  await eachPage(read, onPage, counted.at?.from === part.from ? counted.at.page_token : null);
}

/** Page after page. An estimate takes what it got where paging comes to no end; an export would fail. */
export async function eachPage<P extends { rows: number; page_token: string | null }>(
  read: (pageToken: string | null) => Promise<P>,
  onPage: (page: P) => Promise<void> | void,
  first: string | null = null,
): Promise<void> {
  const trail = new PageTrail();
  for (let token = first; ;) {
    const page = await read(token);
    await onPage(page);
    token = page.page_token;
    if (token === null || trail.whyNotOn({ token, rows: page.rows }) !== null) return;
  }
}

type CountedPage = Omit<Counted, 'at'> & { rows: number; page_token: string | null };

function addPage(counted: Counted, page: CountedPage): void {
  for (const [day, count] of Object.entries(page.days))
    addCounts<keyof DayCount>((counted.days[day] ??= noMeetings()), count);
  counted.candidates = [...counted.candidates, ...page.candidates]
    .toSorted((a, b) => b.priority - a.priority)
    .slice(0, SAMPLED_MEETINGS + 1);
  counted.calls += page.calls;
}

export const noMeetings = (): DayCount => ({
  meetings: 0,
  askable: 0,
  devices: 0,
  participant_pages: 0,
  quality_pages: 0,
});

/** Asks for the participants of the sample, so that a range of few meetings is known whole. */
export async function sampleSessions({ input, run, state }: Planning): Promise<Shares> {
  const { profile, user_id_type, listing } = input;
  const { candidates } = state.counted;
  const sample = candidates.slice(0, SAMPLED_MEETINGS);
  const answers = await Promise.all(
    sample.map(async ({ meeting }) => {
      const ask = { profile, meeting, user_id_type, rooms: listing === 'list' };
      const answer = await run.calls.make('sampleParticipants', ask, 'participants of a sampled meeting');
      state.addCalls(answer.calls);
      run.show();
      return answer;
    }),
  );
  const sampled = answers.map((answer, index) => ({ ...answer, candidate: sample[index]! }));
  return sharesOf(sampled, candidates[SAMPLED_MEETINGS]?.priority ?? 0);
}
