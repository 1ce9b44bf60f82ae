import type { WrittenFile } from './file-io.ts';
import type { Row } from './parquet-rows.ts';
export interface ReadParquetOptions {
    /** Default: all, in the file's order. */
    columns?: readonly string[];
    limit?: number;
}
export interface ParquetInfo extends WrittenFile {
    rows: number;
}
/**
 * Rows of one Parquet file of this store, in the file's order, with the values that writeParquet was given.
 * Throws StoreError `not-found`, or `damaged` for a file that is not Parquet or lacks a column.
 */
export declare function readParquet(path: string, options?: ReadParquetOptions): AsyncGenerator<Row, void, undefined>;
/** Number of rows, size, and hash of the file's bytes. */
export declare function parquetInfo(path: string): Promise<ParquetInfo>;
export interface RowChanges {
    added: number;
    removed: number;
    changed: number;
}
/** How the rows of `after` differ from those of `before`, matched by a column that is unique in each. Columns of one file only do not count. */
export declare function diffParquet(o: {
    before: string;
    after: string;
    key: string;
}): Promise<RowChanges>;
