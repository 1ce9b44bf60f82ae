/** Thrown out of a wait that was ended early: what it was for has not begun. */
export declare class WaitEnded extends Error {
    readonly name = "WaitEnded";
}
/** Waits that can be ended early, all at once and for good. A cancellation of the run passes through them as always. */
export declare class Waits {
    #private;
    /** @throws WaitEnded */
    run<T>(wait: () => Promise<T>): Promise<T>;
    end(): void;
}
