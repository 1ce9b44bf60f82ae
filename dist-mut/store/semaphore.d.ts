/** Lets at most `places` callers of this process through at a time, in the order in which they came. */
export declare class Semaphore {
    #private;
    constructor(places: number);
    pass<T>(work: () => Promise<T>): Promise<T>;
}
