import { Readable } from 'node:stream';
import type { FileSource, WrittenFile } from './file-io.ts';
import type { StoreClaim } from './identity.ts';
import type { HeldLock, LockOptions } from './lock.ts';
import type { SweepResult } from './sweep.ts';
export interface StoredFileStat {
    bytes: number;
    modifiedMs: number;
}
/** `waitMs` is the longest wait for the lock (default 120 000), after which StoreError `busy` is thrown. */
export type WithLockOptions = Pick<LockOptions, 'waitMs' | 'signal'>;
export interface FileStoreOptions {
    /** A lock whose owner gave no sign of life for this long is taken over. Default 30 000. */
    lockStaleAfterMs?: number;
}
/**
 * Files under one root folder, named by keys (relative paths with `/`, see `checkKey`; text from outside goes through
 * `encodeSegment`). A file appears whole or not at all: it is written aside in the same folder, synced, renamed, and the
 * folder is synced. All methods throw StoreError; errors of a `source` or of a callback come out unchanged.
 */
export declare class FileStore {
    #private;
    readonly rootPath: string;
    constructor(rootPath: string, options?: FileStoreOptions);
    /** Creates the root folder where it is absent. Other methods do not: an absent root is a disk that is not mounted. */
    prepare(): Promise<void>;
    /**
     * Binds the store to an API host and this profile's time zone, in `store.json` at the root; creates the root.
     * Throws StoreError `refused` where the store holds data of another host or the profile has another zone.
     * @returns the scope of the profile's days: that of its first claim
     */
    claim(claim: StoreClaim): Promise<string>;
    path(key: string): string;
    /** Absolute `file://` URI. */
    uri(key: string): string;
    put(key: string, source: FileSource): Promise<WrittenFile>;
    /**
     * Moves a finished file, written at `tempPath(key)` or elsewhere on the same disk, to its key. A file of another disk is
     * copied aside first. `tempPath` is gone afterwards; on failure it stays, for the caller to try again or to remove.
     */
    putFile(key: string, tempPath: string): Promise<void>;
    /** A fresh name beside the key's file, its folder created: for files that something else writes before `putFile`. */
    tempPath(key: string): Promise<string>;
    read(key: string): Promise<Buffer>;
    /** Throws `not-found` at once; later trouble arrives as the stream's `error` event, a StoreError too. */
    readStream(key: string): Promise<Readable>;
    /** Throws StoreError `damaged` where the file is not JSON. */
    readJson(key: string): Promise<unknown>;
    writeJson(key: string, value: unknown): Promise<WrittenFile>;
    exists(key: string): Promise<boolean>;
    stat(key: string): Promise<StoredFileStat>;
    /** Keys that start with `prefix` (any text, as in an object store), in ascending order of their characters. */
    list(prefix?: string): AsyncGenerator<string, void, undefined>;
    /** Removes one file; one that is absent is fine. */
    remove(key: string): Promise<void>;
    /** Removes every file whose key starts with `prefix`, and folders that are empty then. The empty prefix is refused. */
    removePrefix(prefix: string): Promise<void>;
    /** Writes so many bytes aside and removes them again: throws what keeps the disk from taking them. */
    tryWriting(bytes: number): Promise<void>;
    /**
     * Runs `fn` while this process, and no other on any machine that shares the root, holds the lock named `key`. A waiter
     * takes over from an owner without a sign of life for `lockStaleAfterMs`; `lock.assertHeld()` tells an owner that was
     * stopped for so long, and ought to stand before each step that must not happen twice.
     */
    withLock<T>(key: string, fn: (lock: HeldLock) => Promise<T>, options?: WithLockOptions): Promise<T>;
    /** Removes what dead processes left: temporary files and folders, and released locks, untouched for `olderThanMs`. */
    sweep(olderThanMs: number): Promise<SweepResult>;
}
