import type { WrittenFile } from './file-io.ts';
import type { Column, Row } from './parquet-rows.ts';
export type { Column, Row } from './parquet-rows.ts';
export type { RowChanges } from './parquet-read.ts';
export { diffParquet, parquetInfo, readParquet } from './parquet-read.ts';
export interface WriteParquetInput {
    columns: readonly Column[];
    rows: AsyncIterable<Row> | Iterable<Row>;
    /** Names of columns; ascending, NULL last, text by code units. Rows that are equal in them are ordered by all they hold. */
    sortBy: readonly string[];
    /** Absolute; its folder exists (`FileStore.tempPath` sees to that). A file there is replaced once the new one is whole. */
    toPath: string;
}
export interface WrittenTable extends WrittenFile {
    rows: number;
    /**
     * SHA-256 of the sorted rows as lines of JSON, each an object of the values that are not NULL in the order of the columns.
     * Equal for equal rows in any order; other than `sha256` it does not depend on DuckDB's version.
     */
    rowsHash: string;
}
/**
 * Writes rows as one Parquet file (zstd): the same rows, in any order, give the same bytes with the same DuckDB version.
 * Takes any number of rows in bounded memory; needs disk for their JSON text twice, beside the target. No rows give a
 * valid file with the schema. On failure nothing is left behind; errors of `rows` come out unchanged, a row that does not
 * fit its columns is StoreError `refused`, naming row number and column.
 *
 * `rows` must not itself wait for another writeParquet.
 */
export declare function writeParquet(input: WriteParquetInput): Promise<WrittenTable>;
