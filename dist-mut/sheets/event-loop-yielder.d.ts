/** Tells a parse loop when to let timers and I/O run. Awaiting data that is already there does not let them. */
export declare class EventLoopYielder {
    #private;
    due(): boolean;
    rest(): Promise<void>;
}
