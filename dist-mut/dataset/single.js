/** Tables of single runs: one resource, one session, one meeting. */
import { rm } from 'node:fs/promises';
import { readSheet } from '../sheets/index.js';
import { writeParquet } from '../store/parquet.js';
import { TABLE_OF_RESOURCE, TABLES } from '../tables/columns.js';
import { sheetRecords } from '../tables/records.js';
import { singleTableKey, recordKey } from './storage-keys.js';
import { participantsOfList, qualityUnits, sessionsOfList, unaskable, } from './pending-units.js';
import { readRecord } from './records.js';
import { StageReader } from './stage.js';
/** Reads a file to its end. @throws UnreadableFileError, HeaderError */
export async function countSheetRows(store, { resource, file, zone }) {
    const { records, report } = sheetRecords(resource, readSheet(store.path(file.key)), { zone });
    let record = await records.next();
    while (record.done !== true)
        record = await records.next();
    return report.rows;
}
async function writeTable(store, { type, location, table, rows, }) {
    const key = singleTableKey(type, location);
    const tempPath = await store.tempPath(key);
    try {
        const written = await writeParquet({ columns: TABLES[table].columns, rows, sortBy: [], toPath: tempPath });
        await store.putFile(key, tempPath);
        return { uri: store.uri(key), rows: written.rows };
    }
    finally {
        await rm(tempPath, { force: true });
    }
}
/** The rows of one export's file, all of them, whatever day they belong to. */
export async function writeResourceTable(store, zone, { location, resource }) {
    const record = await readRecord(store, { ...location, resource });
    if (!record)
        throw new Error(`the record of ${resource} is not there`);
    const reader = new StageReader(store, zone);
    const rowsOf = {
        meeting_list: () => reader.meetings(record, undefined, null),
        participant_list: () => reader.participants(record),
        participant_quality_list: () => reader.quality(undefined, record),
        resource_reservation_list: () => reader.reservations([record], undefined, null),
    };
    const rows = await rowsOf[resource]();
    return await writeTable(store, { type: 'exportResource', location, table: TABLE_OF_RESOURCE[resource], rows });
}
/** One session's minutes, from the units that it was fetched by. */
export async function writeSessionTable(store, zone, { location, session }) {
    const rows = await sessionRows(store, zone, { location, ...session });
    return await writeTable(store, { type: 'participantQuality', location, table: 'quality_minutes', rows });
}
async function sessionRows(store, zone, { location, unit, source }) {
    const records = await Promise.all(qualityUnits(location, unit, source).map((each) => readRecord(store, each)));
    const by = (via) => records.find((record) => record?.via === via) ?? undefined;
    return await new StageReader(store, zone).quality(by('list'), by('export'));
}
/** The minutes of everybody in these meetings, and beside them who everybody is. `participants`: key of the list to use for all; null: each one's own. */
export async function writeMeetingsTable(store, zone, input) {
    const { location, source } = input;
    const keyOf = ({ meeting_key: unit }) => input.participants ?? recordKey({ ...location, resource: 'participant_list', unit });
    async function* people() {
        for (const meeting of input.meetings)
            yield* await participantsOfList(store, zone, keyOf(meeting));
    }
    async function* rows() {
        for (const meeting of input.meetings) {
            for (const session of await sessionsOfList(store, zone, keyOf(meeting))) {
                const unit = session.session_key;
                if (unaskable(session) === null)
                    yield* await sessionRows(store, zone, { location, source, unit });
            }
        }
    }
    await writeTable(store, { type: 'participants', location, table: 'participants', rows: people() });
    return await writeTable(store, { type: 'meetingQuality', location, table: 'quality_minutes', rows: rows() });
}
//# sourceMappingURL=single.js.map