/** What a workflow has to know of the worker's settings: zones, days. No secret is among it. */
import { addDays, DAY_S, dayOf, daysOfMonth, dayWindow, isDay } from '../model/calendar.ts';
import { meetingRef, type MeetingRef } from '../dataset/meetings.ts';
import { reservationWindows } from '../dataset/questions.ts';
import { onFiles } from './on-files.ts';
import { profileNamed } from './profiles.ts';
import type { Deps } from './deps.ts';

/** A day of a profile, in unix seconds. */
export interface DayWindow {
  time_zone: string;
  from: number;
  to: number;
  /** Until when meetings are asked for: a day after the day's end, or now. */
  ask_until: number;
  asked_at: number;
  /** At most a day each, none starting in the future. */
  reservation_windows: { from: number; to: number }[];
}

export interface DescribedProfile {
  time_zone: string;
  /** Names of those that runs may set. */
  search_attributes: string[];
  /** Of each endpoint; null: without a limit. */
  calls_per_second: number | null;
  /** Where calls of the profile are made. */
  api_task_queue: string;
  /** What ids of the profile's days begin with, whatever queue they run on: they are the locks of the days in the store. */
  day_scope: string;
}

export interface RangeInput {
  profile: string;
  /** What "previous" and "days back" are relative to, unix ms. */
  at_ms: number;
  from?: string;
  to?: string;
  month?: string;
  days_back?: { from: number; to: number };
}

export function settingsActivities(deps: Deps) {
  return {
    /** @throws ApplicationFailure `InvalidInput` for a name that is not configured, StoreUnavailable for a store of another host, zone or app */
    async describeProfile(input: { profile: string }): Promise<DescribedProfile> {
      return await onFiles(async () => {
        const profile = await profileNamed(deps, input.profile);
        return {
          time_zone: profile.timeZone,
          day_scope: await deps.claimStore(profile),
          search_attributes: await deps.searchAttributes(),
          calls_per_second: deps.callsPerSecond,
          api_task_queue: deps.apiTaskQueue(profile.quotaOf),
        };
      });
    },

    async describeDay(input: { profile: string; day: string }): Promise<DayWindow> {
      const profile = await profileNamed(deps, input.profile);
      await onFiles(() => deps.claimStore(profile));
      const { fromUnix: from, toUnix: to } = dayWindow(input.day, profile.timeZone);
      const now = Math.floor(Date.now() / 1000);
      return {
        time_zone: profile.timeZone,
        from,
        to,
        ask_until: Math.max(from + 1, Math.min(to + DAY_S, now)),
        asked_at: now,
        reservation_windows: reservationWindows({ fromUnix: from, toUnix: to }).filter((window) => window.from <= now),
      };
    },

    describeMeeting(input: {
      meeting: { meeting_no: string; meeting_start_time: string; meeting_end_time: string };
    }): Promise<MeetingRef> {
      const { meeting_no, meeting_start_time, meeting_end_time } = input.meeting;
      return Promise.resolve(meetingRef(meeting_no, Number(meeting_start_time), Number(meeting_end_time)));
    },

    /** The days of a backfill. A month that is not over ends today. */
    async describeRange(
      input: RangeInput,
    ): Promise<{ from: string; to: string; problems: { field: string; message: string }[] }> {
      const profile = await profileNamed(deps, input.profile);
      await onFiles(() => deps.claimStore(profile));
      const today = dayOf(Math.floor(input.at_ms / 1000), profile.timeZone);
      const range = rangeOf(input, today);
      const problems: { field: string; message: string }[] = [];
      for (const field of ['from', 'to'] as const) {
        if (isDay(range[field]) && range[field] <= today) continue;
        const named = input.month === undefined ? (input.days_back === undefined ? field : 'days_back') : 'month';
        const message = `takes days that have begun in ${profile.timeZone}; ${range[field]} has not`;
        if (!problems.some((problem) => problem.field === named)) problems.push({ field: named, message });
      }
      return { ...range, problems };
    },
  };
}

/** The days that a backfill is about. `today`: what "previous" and "days back" are relative to. */
export function rangeOf(
  { from, to, month, days_back }: Omit<RangeInput, 'profile' | 'at_ms'>,
  today: string,
): { from: string; to: string } {
  if (days_back) return { from: addDays(today, -days_back.from), to: addDays(today, -days_back.to) };
  if (month === undefined) return { from: from ?? today, to: to ?? today };
  const { from: first, to: last } = daysOfMonth(month, today);
  return { from: first, to: first <= today && last > today ? today : last };
}
