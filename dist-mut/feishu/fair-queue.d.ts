/** One caller waiting for its turn. `round` and `seq` are set by the queue. */
export interface Waiter {
    /** Lower goes first. */
    priority: number;
    /** Callers of equal priority take turns by this key. */
    fairnessKey: string;
    /** Leaves the last free places to others for a while. */
    patient: boolean;
    grant: () => void;
    reject: (reason: unknown) => void;
    round: number;
    seq: number;
    /** Position in the heap, -1 once out of it. */
    at: number;
}
/**
 * Waiters in the order in which they are served: by priority, then round-robin over the fairness keys, then first come
 * first served. Each waiter of a key belongs to a later round than the one before it, so a key that asks for much
 * cannot delay one that asks for little by more than a round. Every operation but `last` is O(log n).
 */
export declare class FairQueue {
    #private;
    get size(): number;
    first(): Waiter | undefined;
    /** The waiter that would be served last. Scans: asked only when the queue is full. */
    last(): Waiter | undefined;
    /** Would a new waiter be served before `other`? */
    wouldPrecede(candidate: {
        priority: number;
        fairnessKey: string;
    }, other: Waiter): boolean;
    push(o: Pick<Waiter, 'priority' | 'fairnessKey' | 'patient' | 'grant' | 'reject'>): Waiter;
    /** Takes out the waiter whose turn it is. */
    shift(): Waiter | undefined;
    /** Takes out a waiter that gave up; no effect when it is out already. */
    remove(waiter: Waiter): void;
}
