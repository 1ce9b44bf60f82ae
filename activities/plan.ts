/** What a plan asks Feishu: how many meetings there are, and how far back it still answers. Nothing is kept of the answers. */
import type { MeetingInfo, Participant } from '../feishu/contract.ts';
import { meetingRef, type MeetingRef } from '../dataset/plan.ts';
import { listRecords } from '../tables/records.ts';
import { textAt, unixAt } from '../tables/rows.ts';
import { dayOf } from '../tables/zone.ts';
import { bucketOf, call, profileNamed } from './calls.ts';
import type { CallDeps, Profile } from './deps.ts';
import { isNoData } from './failures.ts';

/** What a plan counts of one day. */
export interface DayCount {
  meetings: number;
  /** Meetings that can be asked about: not over 24 h. */
  askable: number;
  /** Device-sessions of those, as Feishu counts devices. */
  sessions: number;
  /** Calls that lists of participants and minutes take, 100 rows each. */
  participant_pages: number;
  quality_pages: number;
}

export interface CountPageInput {
  profile: string;
  /** Unix seconds. */
  from: number;
  to: number;
  include_external_meetings: boolean;
  include_webinar: boolean;
  page_token: string | null;
}

export interface ProbeInput {
  profile: string;
  /** A day's window, unix seconds. */
  from: number;
  to: number;
}

const PAGE_SIZE = 100;

export function planActivities(deps: CallDeps) {
  return {
    /** One page of L1, counted by the day that each meeting starts in. */
    async countMeetings(
      input: CountPageInput,
    ): Promise<{ days: Record<string, DayCount>; page_token: string | null; calls: number }> {
      const profile = profileNamed(deps, input.profile);
      const { from, to, include_external_meetings, include_webinar, page_token } = input;
      const query = { start_time: String(from), end_time: String(to), include_external_meetings, include_webinar };
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'listMeetings',
        run: (options) =>
          profile.feishu.list(
            'meeting_list',
            { ...query, page_size: PAGE_SIZE, ...(page_token === null ? {} : { page_token }) },
            options,
          ),
      });
      const next = value.page.has_more === true ? (value.page.page_token ?? null) : null;
      return { days: countByDay(profile, value.page.meeting_list ?? []), page_token: next, calls };
    },

    /** The first meeting of a day that participants could be asked for. Null: the day has none. */
    async probeMeeting({ profile: name, from, to }: ProbeInput): Promise<{ meeting: MeetingRef | null }> {
      const profile = profileNamed(deps, name);
      const query = { start_time: String(from), end_time: String(to), page_size: 20 };
      const { value } = await call(deps, {
        profile,
        endpoint: 'listMeetings',
        run: (options) => nothingToNull(() => profile.feishu.list('meeting_list', query, options)),
      });
      const meetings = refsOf(profile, value?.page.meeting_list ?? []);
      return { meeting: meetings.find(({ ref }) => ref.askable)?.ref ?? null };
    },

    /** Whether a meeting's participants are still there, and one of them whose minutes can be asked for. */
    async probeParticipants(input: {
      profile: string;
      meeting: MeetingRef;
    }): Promise<{ answers: boolean; participant: { user_id: string; join_time: string } | null }> {
      const profile = profileNamed(deps, input.profile);
      const { meeting_no, meeting_start_time, meeting_end_time } = input.meeting;
      const query = { meeting_no, meeting_start_time, meeting_end_time, user_id_type: 'open_id', page_size: 20 };
      const { value } = await call(deps, {
        profile,
        endpoint: 'listParticipants',
        run: (options) => nothingToNull(() => profile.feishu.list('participant_list', query, options)),
      });
      const items: Participant[] = value?.page.participants ?? [];
      const person = listRecords('participant_list', items, { zone: profile.timeZone }).find(
        ({ values }) => textAt(values, 'user_id') !== null && unixAt(values, 'join_time') !== null,
      );
      if (!person) return { answers: items.length > 0, participant: null };
      const user_id = textAt(person.values, 'user_id') ?? '';
      return { answers: true, participant: { user_id, join_time: String(unixAt(person.values, 'join_time')) } };
    },

    async probeQuality(input: {
      profile: string;
      meeting: MeetingRef;
      participant: { user_id: string; join_time: string };
    }): Promise<{ answers: boolean }> {
      const profile = profileNamed(deps, input.profile);
      const { meeting_no, meeting_start_time, meeting_end_time } = input.meeting;
      const identity = { meeting_no, meeting_start_time, meeting_end_time, ...input.participant };
      const { value } = await call(deps, {
        profile,
        endpoint: 'listParticipantQuality',
        run: (options) =>
          nothingToNull(() =>
            profile.feishu.list(
              'participant_quality_list',
              { ...identity, user_id_type: 'open_id', page_size: 20 },
              options,
            ),
          ),
      });
      return { answers: (value?.page.participant_quality_list ?? []).length > 0 };
    },

    /** How many calls an endpoint takes: null without a limit. */
    describeLimit(input: { profile: string }): Promise<{ calls: number; window_ms: number } | null> {
      const profile = profileNamed(deps, input.profile);
      const { limit } = deps.pacer.load(bucketOf(profile, 'listParticipantQuality'));
      return Promise.resolve(limit === null ? null : { calls: limit.calls, window_ms: limit.windowMs });
    },
  };
}

async function nothingToNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (isNoData(error)) return null;
    throw error;
  }
}

function refsOf(profile: Profile, meetings: MeetingInfo[]): { ref: MeetingRef; devices: number }[] {
  const records = listRecords('meeting_list', meetings, { zone: profile.timeZone });
  return records.flatMap(({ values }) => {
    const start = unixAt(values, 'meeting_start_time');
    const meetingNo = textAt(values, 'meeting_no');
    if (start === null || meetingNo === null) return [];
    const devices = Number(values['number_of_devices'] ?? values['number_of_participants'] ?? 0);
    return [{ ref: meetingRef(meetingNo, start, unixAt(values, 'meeting_end_time')), devices }];
  });
}

function countByDay(profile: Profile, meetings: MeetingInfo[]): Record<string, DayCount> {
  const days: Record<string, DayCount> = {};
  for (const { ref, devices } of refsOf(profile, meetings)) {
    const start = Number(ref.meeting_start_time);
    const day = dayOf(start, profile.timeZone);
    const count = (days[day] ??= { meetings: 0, askable: 0, sessions: 0, participant_pages: 0, quality_pages: 0 });
    count.meetings++;
    if (!ref.askable) continue;
    const minutes = (Number(ref.meeting_end_time) - start) / 60;
    count.askable++;
    count.sessions += devices;
    count.participant_pages += Math.max(1, Math.ceil(devices / PAGE_SIZE));
    count.quality_pages += devices * Math.max(1, Math.ceil(minutes / PAGE_SIZE));
  }
  return days;
}
