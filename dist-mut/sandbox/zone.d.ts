/** Days and timestamps of the tenant's time zone. All instants are unix seconds. */
export interface Zone {
    offsetS(unix: number): number;
    /** Local calendar day, `YYYY-MM-DD`. */
    dayOf(unix: number): string;
    /** First instant of a local day. */
    dayStart(day: string): number;
    /** `2022.12.23 11:16:59 (GMT+08:00)`, the form of every timestamp that Feishu answers with. */
    stamp(unix: number): string;
    /** `2022.12.23 11:16:59`, the form of `cpu_usage.time`. */
    stampWithoutOffset(unix: number): string;
}
/** @param name an IANA zone (`Asia/Shanghai`) or a fixed offset (`+08:00`). Throws RangeError for anything else. */
export declare function zoneOf(name: string): Zone;
/** Days since 1970-01-01. */
export declare const dayNumber: (day: string) => number;
export declare const addDays: (day: string, days: number) => string;
/** `01:02:03`; hours grow beyond two digits. */
export declare const clockText: (seconds: number) => string;
/** `1:02:03`: the hour of `event_duration` is not padded. */
export declare const looseClockText: (seconds: number) => string;
