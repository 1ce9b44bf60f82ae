import { files } from '../common/activities.js';
export class DayLists {
    #day;
    constructor(day) {
        this.#day = day;
    }
    /** The day's meetings, from the day's start to a day after its end: what starts in the day is kept, whatever a window means. */
    async meetings() {
        const { input, state, units } = this.#day;
        const { include, include_external_meetings, include_webinar, user_id_type } = input;
        if (!include.some((table) => table !== 'reservations'))
            return;
        this.#say('listing the meetings');
        const { from, ask_until } = state.sums.window;
        const range = { start_time: String(from), end_time: String(ask_until), user_id_type };
        const exported = units.at('meeting_list', 'export');
        const listed = units.at('meeting_list', 'list');
        const [askExport, askList] = await this.#mustAsk([exported, listed]);
        const listQuery = { ...range, include_external_meetings, include_webinar };
        await Promise.all([
            askExport ? units.exportFile({ location: exported, request: range, required: true }) : null,
            askList && (include_external_meetings || include_webinar) ? units.fetchList(listed, listQuery, null) : null,
        ]);
        this.#say('asking about each meeting');
    }
    /** Windows of a day at most, half a day apart, so that a booking of up to 12 hours lies whole in one, whatever a window means. */
    async reservations() {
        const { input, run, state, units } = this.#day;
        const { include, room_level_id } = input;
        if (!include.includes('reservations') || room_level_id === undefined)
            return;
        const windows = state.sums.window.reservation_windows;
        const rooms = units.at('rooms', 'rooms');
        const locations = windows.map((_, index) => units.at('resource_reservation_list', `window-${index + 1}`));
        const [askRooms, ...ask] = await this.#mustAsk([rooms, ...locations]);
        state.expect(1 + windows.length);
        const isThere = () => {
            state.count({ done: 1 });
            run.show();
        };
        await Promise.all([
            askRooms ? units.fetchList(rooms, { room_level_id }, null) : isThere(),
            ...locations.map((location, index) => {
                if (ask[index] === false)
                    return isThere();
                const { from, to } = windows[index];
                const request = { room_level_id, need_topic: true, start_time: String(from), end_time: String(to) };
                return units.exportFile({ location, request });
            }),
        ]);
    }
    async #mustAsk(locations) {
        const { input, fetchedSince: fetched_since } = this.#day;
        const { ask } = await files.pendingUnits.executeWithOptions({ summary: 'what is there already' }, [
            { locations, refresh: input.refresh, fetched_since },
        ]);
        return ask;
    }
    #say(doing) {
        this.#day.state.says(doing);
        this.#day.run.show();
    }
}
//# sourceMappingURL=lists.js.map