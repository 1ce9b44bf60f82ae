import { readSheet } from '../sheets/index.js';
import { qualityRows } from '../tables/quality-rows.js';
import { listRecords, sheetRecords } from '../tables/records.js';
import { reservationRows } from '../tables/reservation-rows.js';
import { keepMeetingsOfDay, meetingRows, meetingsOfWindows, participantRows, } from '../tables/rows.js';
import { kindOf } from './reconcile.js';
import { readJsonGz } from './records.js';
export function stageOf(records) {
    return new Map(Array.from(records, (record) => [`${record.resource}/${record.unit}`, record]));
}
export class StageReader {
    #store;
    #zone;
    notes = { extraColumns: new Set(), missingColumns: new Set() };
    constructor(store, zone) {
        this.#store = store;
        this.#zone = zone;
    }
    /** The records of each file: one, or several where the window had to be cut. @throws UnreadableFileError, HeaderError */
    async windows(record) {
        return await Promise.all(record.files.map((file) => collect(this.sheet({ ...record, files: [file] }))));
    }
    /** @throws UnreadableFileError, HeaderError */
    async *sheet(record) {
        if (record.resource === 'rooms')
            throw new TypeError('rooms are no sheet');
        for (const file of record.files) {
            const { records, report } = sheetRecords(record.resource, readSheet(this.#store.path(file.key)), {
                zone: this.#zone,
            });
            yield* records;
            this.#note(report);
        }
    }
    #note(report) {
        for (const header of report.extraColumns)
            this.notes.extraColumns.add(header);
        for (const header of report.missingOptional)
            this.notes.missingColumns.add(header);
    }
    /** The elements of all pages, by the name of the array that holds them. */
    async items(record, field) {
        const items = [];
        for (const file of record.files) {
            const page = (await readJsonGz(this.#store, file.key));
            items.push(...(page.data?.[field] ?? []));
        }
        return items;
    }
    /** Meetings of the export and, where it was asked, of the list. `day`: keeps those that start in it. */
    async meetings(exported, listed, day) {
        const fromFile = exported ? meetingsOfWindows(await this.windows(exported)) : [];
        const items = listed ? await this.items(listed, 'meeting_list') : [];
        const fromList = listRecords('meeting_list', items, { zone: this.#zone });
        const keep = (records) => (day ? keepMeetingsOfDay(records, day) : records);
        return await collect(meetingRows({ exported: keep(fromFile), listed: keep(fromList) }));
    }
    /** The webinar viewers that the list counts of meetings that start in the day. */
    async viewersCounted(listed, day) {
        const items = await this.items(listed, 'meeting_list');
        const records = listRecords('meeting_list', items, { zone: this.#zone });
        const kept = new Set(keepMeetingsOfDay(records, day));
        return items.reduce((sum, item, index) => sum + (kept.has(records[index]) ? Number(item.number_of_webinar_viewers ?? 0) : 0), 0);
    }
    async participants(record) {
        return (await this.attendees(record)).map(({ row }) => row);
    }
    /** Rows of `participants`, each with what only the list says. */
    async attendees(record) {
        const isFile = record.via === 'export';
        const items = isFile ? [] : await this.items(record, 'participants');
        const records = isFile ? this.sheet(record) : listRecords('participant_list', items, { zone: this.#zone });
        const rows = await collect(participantRows({ ...meetingOf(record), records }));
        return rows.map((row, index) => ({ row, kind: isFile ? null : kindOf(items[index]) }));
    }
    /** One session's minutes, from its list, its file, or both. */
    async quality(listed, exported) {
        const request = (listed ?? exported)?.request;
        if (!request)
            return [];
        const person = request['user_id'] === undefined ? { room_id: text(request, 'room_id') } : { user_id: text(request, 'user_id') };
        const identity = { ...meetingOf({ request }), join_time: Number(request['join_time']), ...person };
        const list = listed && listed.files.length > 0 ? await this.items(listed, 'participant_quality_list') : undefined;
        const file = exported && exported.files.length > 0 ? await collect(this.sheet(exported)) : undefined;
        const sources = { ...(list ? { list } : {}), ...(file ? { exported: file } : {}) };
        return qualityRows({ identity, ...sources }, { zone: this.#zone });
    }
    async reservations(windows, rooms, day) {
        const records = (await Promise.all(windows.map((window) => this.windows(window)))).flat();
        const known = rooms ? await this.items(rooms, 'rooms') : [];
        return reservationRows({ windows: records, rooms: known, ...(day ? { day } : {}) });
    }
}
function text(request, field) {
    return String(request[field]);
}
/** The meeting that a request was about. */
function meetingOf({ request }) {
    return {
        meeting_no: text(request, 'meeting_no'),
        meeting_start_time: Number(request['meeting_start_time']),
        meeting_end_time: Number(request['meeting_end_time']),
    };
}
async function collect(items) {
    const all = [];
    for await (const item of items)
        all.push(item);
    return all;
}
//# sourceMappingURL=stage.js.map