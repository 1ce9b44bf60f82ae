import type { Clock, Pacer, PacerState } from '../../feishu/pacer.ts';
/** `lost`: the lease is no longer ours, or we are asked to give it up. */
export type HeartbeatAnswer = 'kept' | 'lost';
export interface LeaseHeartbeatsOptions {
    pacer: Pacer;
    /**
     * Stores the record. Resolves once it is stored; rejects when that is not known. A later record may be sent only
     * after this promise has settled, so an implementation settles only when it will not try again.
     */
    send(record: PacerState): Promise<HeartbeatAnswer>;
    /** Calls may start for so long after the sending of the last stored beat. Shorter than the server's timeout. */
    leaseMs: number;
    beatEveryMs: number;
    clock?: Clock;
    /** The wall clock, which goes on while a machine is suspended and the monotonic clock is not. */
    wallMs?(): number;
    onError(error: unknown): void;
}
export declare class LeaseHeartbeats {
    #private;
    /** Resolves when the lease is lost. */
    readonly lost: Promise<void>;
    constructor(o: LeaseHeartbeatsOptions);
    get isLost(): boolean;
    /** Begins to beat. Nothing is permitted before the first beat is stored. */
    start(): void;
    /** May a call of this bucket start right now? Counts it as started when it may. */
    permit(bucket: string): boolean;
    /** Asks for a beat soon. */
    request(): void;
    /** Stops permitting and beating; the lease itself is left alone. */
    stop(): Promise<void>;
    /** After `stop` and once no call is under way: the record without any reserve. */
    lastRecord(): PacerState;
}
