export interface SignalWait {
    /** The first signal; never rejects. */
    received: Promise<NodeJS.Signals>;
    /** Rejects with Interrupted on the first signal; never resolves. */
    interrupted: Promise<never>;
    /** Goes back to the default: a signal ends the process. */
    stop(): void;
}
export declare function untilSignal(): SignalWait;
