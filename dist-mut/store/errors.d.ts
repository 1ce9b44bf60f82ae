/**
 * The one error of the store, and the one place that turns a file system's errno into it.
 *
 * - `unavailable`: the disk cannot take or give data now (full, read-only, no permission, I/O error, not mounted). A person
 *   has to act; the same call succeeds afterwards.
 * - `busy`: somebody else holds the lock for longer than the caller is willing to wait.
 * - `not-found`: the key has no file.
 * - `refused`: the request itself is wrong (a key that leaves the root, data of another host, a value that does not fit).
 * - `damaged`: the file is there and is not what was written.
 */
export type StoreErrorCode = 'unavailable' | 'busy' | 'not-found' | 'refused' | 'damaged';
export interface StoreErrorDetails {
    cause?: unknown;
    /** The file or folder that the failed step touched. */
    path?: string;
}
/** Thrown by everything in `store/`. `message` says what was tried, what happened, and what to do. */
export declare class StoreError extends Error {
    readonly name = "StoreError";
    readonly code: StoreErrorCode;
    readonly path: string | undefined;
    constructor(code: StoreErrorCode, message: string, details?: StoreErrorDetails);
}
/** The errno name of a Node system error (`ENOENT`), or undefined for any other value. */
export declare function errnoOf(error: unknown): string | undefined;
/** Turns whatever a file operation threw into a StoreError; errors that are no system errors come back as they are. */
export declare function toStoreError(error: unknown, attempt: {
    action: string;
    path: string;
}): unknown;
/** Runs one file operation and lets only StoreErrors (or errors that are not the file system's) out. */
export declare function fileOperation<T>(action: string, path: string, operation: () => Promise<T>): Promise<T>;
