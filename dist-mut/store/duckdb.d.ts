import type { DuckDBConnection } from '@duckdb/node-api';
import type { StoreErrorCode } from './errors.ts';
export interface DuckDb {
    connection: DuckDBConnection;
    close(): void;
}
/**
 * Opens a DuckDB of its own, in memory. One thread: the order of rows and the bytes written do not vary, and the memory
 * needed is that of one row group. `memory_limit` holds for DuckDB's buffers only, not for the process. Nothing is spilled:
 * what needs more than that has to come in smaller pieces.
 */
export declare function openDuckDb(): Promise<DuckDb>;
export declare function quoteText(text: string): string;
export declare function quoteName(name: string): string;
/** A file to read: DuckDB takes `*`, `?` and `[` in it for patterns unless each stands in brackets. */
export declare function quotePathToRead(path: string): string;
/** What DuckDB threw, as a StoreError; `otherwise` is the code for messages that name no known trouble. */
export declare function fromDuckDb(error: unknown, attempt: {
    action: string;
    path: string;
    otherwise: StoreErrorCode;
}): unknown;
