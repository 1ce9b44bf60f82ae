/** Key of the file in which a store remembers whose data it holds. */
export declare const STORE_FILE = "store.json";
export interface StoreClaim {
    /** Origin of the Feishu API, such as `https://open.feishu.cn`; compared as it is. */
    apiHost: string;
    profile: string;
    /** IANA name of the profile's zone: what a day is. */
    timeZone: string;
    /**
     * Names the profile's days where runs take turns at them. The first claim of a profile decides for all that follow, so
     * that whoever works on this store takes the same turns.
     */
    dayScope: string;
}
/** What a claim needs of the store. */
interface ClaimableStore {
    readonly rootPath: string;
    path(key: string): string;
    exists(key: string): Promise<boolean>;
    readJson(key: string): Promise<unknown>;
    writeJson(key: string, value: unknown): Promise<unknown>;
    withLock<T>(name: string, work: (lock: {
        assertHeld(): Promise<void>;
    }) => Promise<T>): Promise<T>;
}
/** See FileStore.claim. */
export declare function claimStore(store: ClaimableStore, claim: StoreClaim): Promise<string>;
export {};
