import type { FileHandle } from 'node:fs/promises';
/** What may be written; text is written as UTF-8. */
export type FileSource = AsyncIterable<Uint8Array> | Uint8Array | string;
export interface WrittenFile {
    bytes: number;
    /** Lower-case hex. */
    sha256: string;
}
/** Writes a file that must not exist yet and syncs it; errors of `source` come out unchanged. */
export declare function writeSynced(path: string, source: FileSource): Promise<WrittenFile>;
/** Size and hash of a file, read in pieces. */
export declare function hashFile(path: string): Promise<WrittenFile>;
/** Throws `not-found` for an absent file on the first read. */
export declare function fileChunks(path: string, chunkBytes?: number): AsyncGenerator<Buffer, void, undefined>;
/** The rest of an open file; closes the handle when it ends, fails, or is left. */
export declare function handleChunks(handle: FileHandle, path: string, chunkBytes?: number): AsyncGenerator<Buffer, void, undefined>;
export declare function syncFile(path: string): Promise<void>;
/** Makes the names in a folder durable. */
export declare function syncFolder(folder: string): Promise<void>;
export declare function isPresent(path: string): Promise<boolean>;
/** Removes a temporary file or folder on the way out of a failure, which is what the caller wants to hear about. */
export declare function discard(path: string): Promise<void>;
/** Order by UTF-16 code units, the same on every machine and locale. */
export declare function compareText(a: string, b: string): number;
