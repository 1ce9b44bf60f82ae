/**
 * When to look whether anything moves.
 * @param idleMs since something moved last
 * @returns milliseconds from now, and whether a reason is to be asked for before
 */
export declare function nextLook(idleMs: number): {
    ask: boolean;
    inMs: number;
};
export interface Watched {
    profile: string;
    /** When something moved last, unix ms. */
    movedAtMs(): number;
    /** Resolves when the run is not paused. */
    go(): Promise<void>;
    onWaiting(waitingFor: string | null): void;
}
/** Runs `work` with a look aside. The watch ends with the work and never disturbs it. */
export declare function watching<T>(watched: Watched, work: () => Promise<T>): Promise<T>;
