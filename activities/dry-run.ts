/**
 * What a plan asks Feishu: how many meetings there are, who took part in a few of them, how many rooms, and how far back
 * it still answers. Nothing is kept of the answers.
 */
import { EXPORT_RESOURCES, PAGE_SIZE, type ExportResource, type Participant } from '../feishu/contract.ts';
import { countMeetings, countSessions, type Candidate, type DayCount, type SessionCount } from '../dataset/estimate.ts';
import type { MeetingRef } from '../dataset/meetings.ts';
import { atOnce } from '../tables/steps.ts';
import { listRecords } from '../tables/records.ts';
import { textAt, unixAt } from '../tables/rows.ts';
import { bucketOf, call } from './calls/call.ts';
import { profileNamed } from './profiles.ts';
import type { CallDeps, Profile } from './deps.ts';
import { finalFailure, isNoData } from './failures.ts';
import { sealedNext, unsealedPage, type ListAsked } from './page-token.ts';
import type { TaskHabit } from './calls/poll-schedule.ts';

export interface CountPageInput {
  profile: string;
  /** Unix seconds: meetings that start in it are counted. */
  from: number;
  to: number;
  /** What a window means is unknown, so that a day more is asked for, as exports do. */
  ask_until: number;
  include_external_meetings: boolean;
  include_webinar: boolean;
  page_token: string | null;
  /** Only candidates above it, and the best of those, are of use. */
  above_priority: number;
  candidates_at_most: number;
}

export interface ProbeInput {
  profile: string;
  /** A day's window, unix seconds. */
  from: number;
  to: number;
}

export interface SampleInput {
  profile: string;
  meeting: MeetingRef;
  user_id_type: string;
  /** False where participants come as files, which have no ids of rooms. */
  rooms: boolean;
}

/** `whole`: the list has no more pages. */
export interface SampledSessions extends SessionCount {
  rows: number;
  whole: boolean;
}

/** How calls are let go, and how long export tasks have been seen to take; nothing for resources without any so far. */
export interface Pace {
  limit: { calls: number; window_ms: number } | null;
  tasks: Partial<Record<ExportResource, TaskHabit>>;
}

export function dryRunActivities(deps: CallDeps) {
  return {
    /** One page of L1, counted by the day that each meeting starts in. */
    async countMeetings(input: CountPageInput): Promise<{
      days: Record<string, DayCount>;
      candidates: Candidate[];
      rows: number;
      page_token: string | null;
      calls: number;
    }> {
      const profile = await profileNamed(deps, input.profile);
      const { from, to, ask_until, include_external_meetings, include_webinar, page_token } = input;
      const range = { start_time: String(from), end_time: String(ask_until) };
      const query = { ...range, include_external_meetings, include_webinar, page_size: PAGE_SIZE };
      // Without the end of the window, which moves on with the clock.
      const list = { profile, list: 'meeting_list', query: { from, to } };
      const at = pageAt(list, page_token);
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'listMeetings',
        run: (options) => profile.feishu.list('meeting_list', { ...query, ...at }, options),
      });
      const zone = profile.timeZone;
      const records = atOnce(listRecords('meeting_list', value.page.meeting_list ?? [], { zone }));
      const { days, candidates } = countMeetings(records, { zone, from, to });
      const best = candidates
        .filter(({ priority }) => priority > input.above_priority)
        .toSorted((a, b) => b.priority - a.priority)
        .slice(0, input.candidates_at_most);
      return {
        days,
        candidates: best,
        rows: value.page.meeting_list?.length ?? 0,
        page_token: sealedNext(list, value.page),
        calls,
      };
    },

    /** The first page of a meeting's participants, as counts. */
    async sampleParticipants(input: SampleInput): Promise<SampledSessions & { calls: number }> {
      const { meeting, user_id_type, rooms } = input;
      const profile = await profileNamed(deps, input.profile);
      const query = { ...identityOf(meeting), user_id_type, page_size: PAGE_SIZE };
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'listParticipants',
        run: (options) => nothingToNull(() => profile.feishu.list('participant_list', query, options)),
      });
      const items: Participant[] = value?.page.participants ?? [];
      const records = atOnce(listRecords('participant_list', items, { zone: profile.timeZone }));
      const whole = value?.page.has_more !== true;
      return { ...(await countSessions(meeting, records, { rooms })), rows: items.length, whole, calls };
    },

    /** One page of R2. */
    async countRooms(input: {
      profile: string;
      room_level_id: string;
      page_token: string | null;
    }): Promise<{ rows: number; page_token: string | null; calls: number }> {
      const { room_level_id, page_token } = input;
      const profile = await profileNamed(deps, input.profile);
      const query = { room_level_id, page_size: PAGE_SIZE };
      const list = { profile, list: 'rooms', query };
      const at = pageAt(list, page_token);
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'listRooms',
        run: (options) => nothingToNull(() => profile.feishu.listRooms({ ...query, ...at }, options)),
      });
      return { rows: value?.page.rooms?.length ?? 0, page_token: value ? sealedNext(list, value.page) : null, calls };
    },

    /** The first meeting of a day that participants could be asked for. Null: the day has none. */
    async probeMeeting({
      profile: name,
      from,
      to,
    }: ProbeInput): Promise<{ meeting: MeetingRef | null; calls: number }> {
      const profile = await profileNamed(deps, name);
      const query = { start_time: String(from), end_time: String(to), page_size: 20 };
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'listMeetings',
        run: (options) => nothingToNull(() => profile.feishu.list('meeting_list', query, options)),
      });
      const zone = profile.timeZone;
      const records = atOnce(listRecords('meeting_list', value?.page.meeting_list ?? [], { zone }));
      const { candidates } = countMeetings(records, { zone, from: 0, to: Infinity });
      return { meeting: candidates[0]?.meeting ?? null, calls };
    },

    /**
     * Whether a meeting's participants are still there, and one of them whose minutes can be asked for: sealed, since
     * histories name nobody.
     */
    async probeParticipants(input: { profile: string; meeting: MeetingRef }): Promise<{
      answers: boolean;
      encrypted_participant: string | null;
      calls: number;
    }> {
      const profile = await profileNamed(deps, input.profile);
      const query = { ...identityOf(input.meeting), user_id_type: 'open_id', page_size: 20 };
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'listParticipants',
        run: (options) => nothingToNull(() => profile.feishu.list('participant_list', query, options)),
      });
      const items: Participant[] = value?.page.participants ?? [];
      const person = atOnce(listRecords('participant_list', items, { zone: profile.timeZone })).find(
        ({ values }) => textAt(values, 'user_id') !== null && unixAt(values, 'join_time') !== null,
      );
      if (!person) return { answers: items.length > 0, encrypted_participant: null, calls };
      const user_id = textAt(person.values, 'user_id') ?? '';
      const participant = { user_id, join_time: String(unixAt(person.values, 'join_time')) };
      return {
        answers: true,
        encrypted_participant: profile.seal(JSON.stringify(participant), oneOf(input.meeting)),
        calls,
      };
    },

    async probeQuality(input: {
      profile: string;
      meeting: MeetingRef;
      encrypted_participant: string;
    }): Promise<{ answers: boolean; calls: number }> {
      const profile = await profileNamed(deps, input.profile);
      const participant = participantIn(profile, input);
      const query = { ...identityOf(input.meeting), ...participant, user_id_type: 'open_id', page_size: 20 };
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'listParticipantQuality',
        run: (options) => nothingToNull(() => profile.feishu.list('participant_quality_list', query, options)),
      });
      return { answers: (value?.page.participant_quality_list ?? []).length > 0, calls };
    },

    /** How many calls an endpoint takes: null without a limit. Makes none itself. */
    async describePace(input: { profile: string }): Promise<Pace> {
      const profile = await profileNamed(deps, input.profile);
      const { limit } = deps.pacer.load(bucketOf(profile, 'listParticipantQuality'));
      const tasks: Pace['tasks'] = {};
      for (const resource of EXPORT_RESOURCES) {
        const habit = deps.polls.habitOf(resource);
        if (habit) tasks[resource] = habit;
      }
      return { limit: limit === null ? null : { calls: limit.calls, window_ms: limit.windowMs }, tasks };
    },
  };
}

function oneOf({ meeting_no, meeting_start_time }: MeetingRef): string {
  return `participant of meeting ${meeting_no} ${meeting_start_time}`;
}

function participantIn(
  profile: Profile,
  { meeting, encrypted_participant }: { meeting: MeetingRef; encrypted_participant: string },
): { user_id: string; join_time: string } {
  const text = profile.unseal(encrypted_participant, oneOf(meeting));
  if (text === null) throw secretChanged();
  return JSON.parse(text) as { user_id: string; join_time: string };
}

/** What does not open was sealed with another secret: the plan is made again. */
function secretChanged(): Error {
  return finalFailure('CallFailed', 'the secret of the profile was changed while the plan was made: start it again');
}

async function nothingToNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isNoData(error)) return null;
    throw error;
  }
}

function identityOf({ meeting_no, meeting_start_time, meeting_end_time }: MeetingRef) {
  return { meeting_no, meeting_start_time, meeting_end_time };
}

function pageAt(list: ListAsked, sealed: string | null): { page_token?: string } {
  const at = unsealedPage(list, sealed);
  if (at === null) throw secretChanged();
  return at;
}
