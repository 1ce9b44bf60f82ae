import type { FileStore } from '../../store/file-store.ts';
export declare class StoreCircuitBreaker {
    #private;
    constructor(store: Pick<FileStore, 'tryWriting'>, nowMs?: () => number);
    /** What keeps answers from being stored, as far as is known; null: nothing. */
    get trouble(): string | null;
    /** @throws StoreError while the store would not take the answer of a call */
    pass(): Promise<void>;
    /** Runs what stores an answer of about so many bytes, and takes note where the store does not take it. */
    storing<T>(bytes: number, store: () => Promise<T>): Promise<T>;
}
