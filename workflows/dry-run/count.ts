/** What a plan counts: the meetings of each day by L1, and the sessions of a sample of them by L2. */
import { addCounts } from '../../model/units.ts';
import type { Candidate, DayCount } from '../../activities/index.ts';
import { addDays } from '../../model/calendar.ts';
import type { BackfillInput } from '../input.ts';
import { sharesOf, type Shares } from './shares.ts';
import { api, settings } from '../common/activities.ts';

/** One call each. Of so many meetings of five people, the share of guests is known to some 4 %. */
const SAMPLED_MEETINGS = 12;
/** Feishu refuses windows of over a year. */
const DAYS_AT_ONCE = 180;

export interface Counted {
  /** By day; a day without meetings has none. */
  days: Record<string, DayCount>;
  /** The best, and one more: its priority says what those of the sample stand for. */
  candidates: Candidate[];
  calls: number;
}

export async function countDays(input: BackfillInput, range: { from: string; to: string }): Promise<Counted> {
  const counted: Counted = { days: {}, candidates: [], calls: 0 };
  for (let from = range.from; from <= range.to; from = addDays(from, DAYS_AT_ONCE)) {
    const last = addDays(from, DAYS_AT_ONCE - 1);
    await countPart(input, { from, to: last < range.to ? last : range.to }, counted);
  }
  return counted;
}

async function countPart(input: BackfillInput, part: { from: string; to: string }, counted: Counted): Promise<void> {
  const { profile, include_external_meetings, include_webinar } = input;
  const [first, last] = await Promise.all([
    settings.describeDay({ profile, day: part.from }),
    settings.describeDay({ profile, day: part.to }),
  ]);
  const window = { from: first.from, to: last.to, ask_until: last.ask_until };
  const read = (page_token: string | null) => {
    const above_priority = counted.candidates[SAMPLED_MEETINGS]?.priority ?? 0;
    const rest = { page_token, above_priority, candidates_at_most: SAMPLED_MEETINGS + 1 };
    return api.countMeetings.executeWithOptions({ summary: 'count meetings' }, [
      { profile, ...window, include_external_meetings, include_webinar, ...rest },
    ]);
  };
  await eachPage(read, (page) => addPage(counted, page));
}

/** Page after page. An estimate takes what it got where paging goes in circles; an export would fail. */
export async function eachPage<P extends { page_token: string | null }>(
  read: (pageToken: string | null) => Promise<P>,
  onPage: (page: P) => void,
): Promise<void> {
  const seen = new Set<string | null>();
  for (let token: string | null = null; !seen.has(token);) {
    seen.add(token);
    const page = await read(token);
    onPage(page);
    token = page.page_token;
  }
}

function addPage(counted: Counted, page: Counted): void {
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
export async function sampleSessions(
  input: BackfillInput,
  candidates: readonly Candidate[],
): Promise<{ shares: Shares; calls: number }> {
  const { profile, user_id_type, listing } = input;
  const sample = candidates.slice(0, SAMPLED_MEETINGS);
  const answers = await Promise.all(
    sample.map(({ meeting }) =>
      api.sampleParticipants.executeWithOptions({ summary: 'participants of a sampled meeting' }, [
        { profile, meeting, user_id_type, rooms: listing === 'list' },
      ]),
    ),
  );
  const sampled = answers.map((answer, index) => ({ ...answer, candidate: sample[index]! }));
  const shares = sharesOf(sampled, candidates[SAMPLED_MEETINGS]?.priority ?? 0);
  return { shares, calls: answers.reduce((sum, { calls }) => sum + calls, 0) };
}
