/** Folder at the store's root that holds one folder for each lock. */
export declare const LOCKS_FOLDER = ".locks";
export interface LockOptions {
    /** A folder that exists and holds nothing but this lock. */
    folder: string;
    /** For messages. */
    name: string;
    staleAfterMs: number;
    waitMs?: number;
    signal?: AbortSignal;
}
export interface HeldLock {
    /** Throws StoreError `busy` when another process has taken the lock over, because this one was stopped for too long. */
    assertHeld(): Promise<void>;
}
/**
 * A lock between processes, by numbered tickets: files 1, 2, 3, … in the lock's folder, created with O_EXCL. The highest
 * ticket is the lock. Its owner rewrites it now and then (heartbeat) and marks it released in the end; whoever finds it
 * released or without a heartbeat for `staleAfterMs` may try to create the next number.
 *
 * Nothing is ever removed to free the lock, so there is no moment in which two processes that found the same dead owner
 * can both succeed, or one removes the other's fresh lock: O_EXCL lets one of them create the next number. The highest
 * ticket stays, so numbers only grow; one who comes late, with a number that was already used up, sees a higher one.
 */
export declare function withFileLock<T>(options: LockOptions, fn: (lock: HeldLock) => Promise<T>): Promise<T>;
/** Whether the lock's last owner gave it back, so that the folder may go. */
export declare function isReleased(folder: string): Promise<boolean>;
