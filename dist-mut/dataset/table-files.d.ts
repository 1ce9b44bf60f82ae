import type { FileStore } from '../store/file-store.ts';
import { type Row, type TableName } from '../tables/columns.ts';
import type { ManifestTable, TableRun } from './manifest.ts';
import type { ReadingNotes } from './stage.ts';
/** A finished file that is not in its place yet. */
export interface TableFile {
    table: TableName;
    tempPath: string;
    entry: ManifestTable;
}
export interface TableFileInput {
    table: TableName;
    profile: string;
    day: string;
    rows: Iterable<Row> | AsyncIterable<Row>;
    run: TableRun;
    /** Grows while the rows are read. */
    notes: ReadingNotes;
}
/** On failure nothing is left behind. */
export declare function writeTableFile(store: FileStore, input: TableFileInput): Promise<TableFile>;
