/**
 * What a plan asks Feishu: how many meetings there are, who took part in a few of them, how many rooms, and how far back
 * it still answers. Nothing is kept of the answers.
 */
import { EXPORT_RESOURCES } from '../feishu/contract.js';
import { countMeetings, countSessions, PAGE_SIZE, } from '../dataset/estimate.js';
import { listRecords } from '../tables/records.js';
import { textAt, unixAt } from '../tables/rows.js';
import { bucketOf, call, profileNamed } from './calls/call.js';
import { isNoData } from './failures.js';
export function dryRunActivities(deps) {
    return {
        /** One page of L1, counted by the day that each meeting starts in. */
        async countMeetings(input) {
            const profile = profileNamed(deps, input.profile);
            const { from, to, ask_until, include_external_meetings, include_webinar, page_token } = input;
            const range = { start_time: String(from), end_time: String(ask_until) };
            const query = { ...range, include_external_meetings, include_webinar, page_size: PAGE_SIZE };
            const { value, calls } = await call(deps, {
                profile,
                endpoint: 'listMeetings',
                run: (options) => profile.feishu.list('meeting_list', { ...query, ...pageAt(page_token) }, options),
            });
            const zone = profile.timeZone;
            const records = listRecords('meeting_list', value.page.meeting_list ?? [], { zone });
            const { days, candidates } = countMeetings(records, { zone, from, to });
            const best = candidates
                .filter(({ priority }) => priority > input.above_priority)
                .toSorted((a, b) => b.priority - a.priority)
                .slice(0, input.candidates_at_most);
            return { days, candidates: best, page_token: nextOf(value.page), calls };
        },
        /** The first page of a meeting's participants, as counts. */
        async sampleParticipants(input) {
            const { meeting, user_id_type, rooms } = input;
            const profile = profileNamed(deps, input.profile);
            const query = { ...identityOf(meeting), user_id_type, page_size: PAGE_SIZE };
            const { value, calls } = await call(deps, {
                profile,
                endpoint: 'listParticipants',
                run: (options) => nothingToNull(() => profile.feishu.list('participant_list', query, options)),
            });
            const items = value?.page.participants ?? [];
            const records = listRecords('participant_list', items, { zone: profile.timeZone });
            const whole = !value || nextOf(value.page) === null;
            return { ...(await countSessions(meeting, records, { rooms })), rows: items.length, whole, calls };
        },
        /** One page of R2. */
        async countRooms(input) {
            const { room_level_id, page_token } = input;
            const profile = profileNamed(deps, input.profile);
            const query = { room_level_id, page_size: PAGE_SIZE, ...pageAt(page_token) };
            const { value, calls } = await call(deps, {
                profile,
                endpoint: 'listRooms',
                run: (options) => nothingToNull(() => profile.feishu.listRooms(query, options)),
            });
            return { page_token: value ? nextOf(value.page) : null, calls };
        },
        /** The first meeting of a day that participants could be asked for. Null: the day has none. */
        async probeMeeting({ profile: name, from, to, }) {
            const profile = profileNamed(deps, name);
            const query = { start_time: String(from), end_time: String(to), page_size: 20 };
            const { value, calls } = await call(deps, {
                profile,
                endpoint: 'listMeetings',
                run: (options) => nothingToNull(() => profile.feishu.list('meeting_list', query, options)),
            });
            const zone = profile.timeZone;
            const records = listRecords('meeting_list', value?.page.meeting_list ?? [], { zone });
            const { candidates } = countMeetings(records, { zone, from: 0, to: Infinity });
            return { meeting: candidates[0]?.meeting ?? null, calls };
        },
        /** Whether a meeting's participants are still there, and one of them whose minutes can be asked for. */
        async probeParticipants(input) {
            const profile = profileNamed(deps, input.profile);
            const query = { ...identityOf(input.meeting), user_id_type: 'open_id', page_size: 20 };
            const { value, calls } = await call(deps, {
                profile,
                endpoint: 'listParticipants',
                run: (options) => nothingToNull(() => profile.feishu.list('participant_list', query, options)),
            });
            const items = value?.page.participants ?? [];
            const person = listRecords('participant_list', items, { zone: profile.timeZone }).find(({ values }) => textAt(values, 'user_id') !== null && unixAt(values, 'join_time') !== null);
            if (!person)
                return { answers: items.length > 0, participant: null, calls };
            const user_id = textAt(person.values, 'user_id') ?? '';
            return { answers: true, participant: { user_id, join_time: String(unixAt(person.values, 'join_time')) }, calls };
        },
        async probeQuality(input) {
            const profile = profileNamed(deps, input.profile);
            const query = {
                ...identityOf(input.meeting),
                ...input.participant,
                user_id_type: 'open_id',
                page_size: 20,
            };
            const { value, calls } = await call(deps, {
                profile,
                endpoint: 'listParticipantQuality',
                run: (options) => nothingToNull(() => profile.feishu.list('participant_quality_list', query, options)),
            });
            return { answers: (value?.page.participant_quality_list ?? []).length > 0, calls };
        },
        /** How many calls an endpoint takes: null without a limit. Makes none itself. */
        describePace(input) {
            const profile = profileNamed(deps, input.profile);
            const { limit } = deps.pacer.load(bucketOf(profile, 'listParticipantQuality'));
            const tasks = {};
            for (const resource of EXPORT_RESOURCES) {
                const habit = deps.polls.habitOf(resource);
                if (habit)
                    tasks[resource] = habit;
            }
            return Promise.resolve({
                limit: limit === null ? null : { calls: limit.calls, window_ms: limit.windowMs },
                tasks,
            });
        },
    };
}
async function nothingToNull(ask) {
    try {
        return await ask();
    }
    catch (error) {
        if (isNoData(error))
            return null;
        throw error;
    }
}
function identityOf({ meeting_no, meeting_start_time, meeting_end_time }) {
    return { meeting_no, meeting_start_time, meeting_end_time };
}
function pageAt(token) {
    return token === null ? {} : { page_token: token };
}
function nextOf(page) {
    return page.has_more === true ? (page.page_token ?? null) : null;
}
//# sourceMappingURL=dry-run.js.map