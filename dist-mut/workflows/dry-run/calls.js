/** The calls that a day of a backfill takes, by endpoint. Fractions of calls: they are rounded when days are added up. */
import { addCounts } from '../../model/units.js';
/** No latency of a task is documented. With tasks of 0.1 to 30 s the benchmarks see 1 to 1.2 looks for each. */
const POLLS_PER_TASK = 1.09;
const ROWS_PER_PAGE = 100;
export function callsOfDay(input, day, rates) {
    const { include, listing, source } = input;
    const { count } = day;
    const { shares } = rates;
    const calls = {};
    const addTasks = (create, resource, tasks) => addCounts(calls, { [create]: tasks, E5: tasks * (rates.tasks[resource]?.polls ?? POLLS_PER_TASK), E6: tasks });
    const quality = include.includes('quality_minutes');
    if (include.some((table) => table !== 'reservations')) {
        addTasks('E1', 'meeting_list', 1);
        const pages = Math.max(1, Math.ceil((count.meetings + day.meetings_after) / ROWS_PER_PAGE));
        if (input.include_external_meetings || input.include_webinar)
            addCounts(calls, { L1: pages });
    }
    if (quality || include.includes('participants')) {
        if (listing === 'export')
            addTasks('E2', 'participant_list', count.askable);
        else
            addCounts(calls, { L2: count.participant_pages * shares.participant_pages });
    }
    if (quality && source !== 'export')
        addCounts(calls, { L3: count.quality_pages * shares.quality_pages });
    if (quality && source !== 'list')
        addTasks('E3', 'participant_quality_list', count.devices * shares.askable);
    if (include.includes('reservations')) {
        addTasks('E4', 'resource_reservation_list', day.reservation_windows);
        addCounts(calls, { R2: rates.room_pages });
    }
    return calls;
}
export function roundedCalls(days) {
    const calls = {};
    for (const day of days)
        addCounts(calls, day);
    return Object.fromEntries(Object.entries(calls).map(([endpoint, count]) => [endpoint, Math.round(count)]));
}
//# sourceMappingURL=calls.js.map