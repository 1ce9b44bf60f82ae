/** One meeting's call quality as a table for a terminal: who had it bad, when, and what was wrong. Pure. */
/** What a minute says of a call; null: nothing. Delays and jitter in ms, losses and CPU in percent. */
export interface QualityMinute {
    session_key: string;
    /** Unix seconds. */
    time: number | null;
    delay_ms: number | null;
    jitter_ms: number | null;
    loss_pct: number | null;
    cpu_pct: number | null;
}
export interface QualitySession {
    session_key: string;
    name: string;
    device: string;
    /** Unix seconds. */
    join_time: number | null;
}
/** From here on a minute counts as bad: people then hear or see it. */
export declare const BAD: {
    readonly delay_ms: 300;
    readonly jitter_ms: 60;
    readonly loss_pct: 5;
    readonly cpu_pct: 90;
};
/** @param clock wall-clock time of unix seconds in the tenant's zone, `HH:mm` */
export declare function qualityTable(sessions: readonly QualitySession[], minutes: readonly QualityMinute[], clock: (unix: number) => string): string[];
