/** One table's rows as a Parquet file aside, with what the manifest says of it. */
import { rm } from 'node:fs/promises';
import { writeParquet } from '../store/parquet.js';
import { TABLES } from '../tables/columns.js';
import { tableKey } from './storage-keys.js';
/** Rows of one file stand in the order that people and readers expect: by time, then by what tells equal times apart. */
const SORT = {
    meetings: ['meeting_start_time', 'meeting_no', 'ordinal'],
    participants: ['meeting_start_time', 'meeting_key', 'join_time', 'session_key', 'ordinal'],
    quality_minutes: ['meeting_start_time', 'session_key', 'time', 'ordinal'],
    reservations: ['event_start_time', 'room_name', 'reserver', 'ordinal'],
    units: ['meeting_start_time', 'session_key', 'ordinal'],
};
/** On failure nothing is left behind. */
export async function writeTableFile(store, input) {
    const { table, run, notes } = input;
    const key = tableKey(table, input);
    const tempPath = await store.tempPath(key);
    const counted = new UnparsedCounter(input.rows);
    try {
        const columns = TABLES[table].columns;
        const written = await writeParquet({ columns, rows: counted, sortBy: SORT[table], toPath: tempPath });
        const { rows, bytes, sha256, rowsHash } = written;
        const entry = {
            key,
            rows,
            bytes,
            sha256,
            rows_hash: rowsHash,
            unparsed_rows: counted.unparsed,
            extra_columns: [...notes.extraColumns],
            missing_columns: [...notes.missingColumns],
            run,
        };
        return { table, tempPath, entry };
    }
    catch (error) {
        await rm(tempPath, { force: true });
        throw error;
    }
}
class UnparsedCounter {
    #rows;
    unparsed = 0;
    constructor(rows) {
        this.#rows = rows;
    }
    async *[Symbol.asyncIterator]() {
        for await (const row of this.#rows) {
            if (row['unparsed'] !== null)
                this.unparsed++;
            yield row;
        }
    }
}
//# sourceMappingURL=table-files.js.map