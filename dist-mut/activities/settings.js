/** What a workflow has to know of the worker's settings: zones, days. No secret is among it. */
import { addDays, dayOf, dayWindow, isDay } from '../model/calendar.js';
import { meetingRef } from '../dataset/pending-units.js';
import { profileNamed } from './calls/call.js';
const DAY_S = 86_400;
const HALF_A_DAY_S = 43_200;
export function settingsActivities(deps) {
    return {
        /** @throws ApplicationFailure `InvalidInput` for a name that is not configured, StoreUnavailable for a store of another host or zone */
        async describeProfile(input) {
            const profile = profileNamed(deps, input.profile);
            const day_scope = await deps.claimStore(profile);
            return {
                time_zone: profile.timeZone,
                search_attributes: await deps.searchAttributes(),
                calls_per_second: deps.callsPerSecond,
                api_task_queue: deps.apiTaskQueue(profile.quotaOf),
                day_scope,
            };
        },
        async describeDay(input) {
            const profile = profileNamed(deps, input.profile);
            await deps.claimStore(profile);
            const { fromUnix: from, toUnix: to } = dayWindow(input.day, profile.timeZone);
            const now = Math.floor(Date.now() / 1000);
            const windows = [];
            for (let start = from; start <= to && start <= now; start += HALF_A_DAY_S) {
                windows.push({ from: start, to: start + DAY_S });
            }
            return {
                time_zone: profile.timeZone,
                from,
                to,
                ask_until: Math.max(from + 1, Math.min(to + DAY_S, now)),
                asked_at: now,
                reservation_windows: windows,
            };
        },
        describeMeeting(input) {
            const { meeting_no, meeting_start_time, meeting_end_time } = input.meeting;
            return Promise.resolve(meetingRef(meeting_no, Number(meeting_start_time), Number(meeting_end_time)));
        },
        /** The days of a backfill. A month that is not over ends today. */
        async describeRange(input) {
            const profile = profileNamed(deps, input.profile);
            await deps.claimStore(profile);
            const today = dayOf(Math.floor(input.at_ms / 1000), profile.timeZone);
            const range = rangeOf(input, today);
            const problems = [];
            for (const field of ['from', 'to']) {
                if (isDay(range[field]) && range[field] <= today)
                    continue;
                const named = input.month === undefined ? (input.days_back === undefined ? field : 'days_back') : 'month';
                const message = `takes days that have begun in ${profile.timeZone}; ${range[field]} has not`;
                if (!problems.some((problem) => problem.field === named))
                    problems.push({ field: named, message });
            }
            return { ...range, problems };
        },
    };
}
function rangeOf({ from, to, month, days_back }, today) {
    if (days_back)
        return { from: addDays(today, -days_back.from), to: addDays(today, -days_back.to) };
    if (month === undefined)
        return { from: from ?? today, to: to ?? today };
    const first = month === 'previous' ? `${addDays(`${today.slice(0, 7)}-01`, -1).slice(0, 7)}-01` : `${month}-01`;
    const last = addDays(`${addDays(first, 31).slice(0, 7)}-01`, -1);
    return { from: first, to: first <= today && last > today ? today : last };
}
//# sourceMappingURL=settings.js.map