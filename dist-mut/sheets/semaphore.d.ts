/**
 * Lets work in, first come first served, while what it weighs together stays within a capacity. Something heavier than
 * the whole capacity is let in alone.
 */
export declare class Semaphore {
    #private;
    constructor(capacity: number);
    /**
     * @returns a function that gives the room back; to be called once.
     * @throws the signal's reason, when it aborts before there is room.
     */
    enter(weight: number, signal?: AbortSignal): Promise<() => void>;
}
