/**
 * Days and wall-clock times of IANA time zones, in unix seconds.
 *
 * Free of Node imports and of the current time: workflows use it too, where `Intl` exists and every result has to be
 * the same on replay.
 */
/** `fromUnix` inclusive, `toUnix` exclusive, unix seconds. */
export interface DayWindow {
    fromUnix: number;
    toUnix: number;
}
export declare function isTimeZone(zone: string): boolean;
/** Seconds east of UTC at that instant. */
export declare function offsetAt(unix: number, zone: string): number;
/**
 * The instant of a wall-clock time, given as the unix seconds it would have in UTC. A time that occurs twice is the
 * earlier one; one that the clocks skip is read with the offset that held before them.
 */
export declare function unixOfWall(wall: number, zone: string): number;
/** Whether the text is a day of the calendar, `YYYY-MM-DD`. */
export declare function isDay(text: string): boolean;
/** `addDays('2026-02-28', 1)` is `2026-03-01`. */
export declare function addDays(day: string, days: number): string;
/** From the one day to the other: 0 for the same. */
export declare function daysBetween(from: string, to: string): number;
/** When a local day begins and ends. 23 or 25 hours long where the clocks change. */
export declare function dayWindow(day: string, zone: string): DayWindow;
/** The local day, `YYYY-MM-DD`, whose window holds the instant. */
export declare function dayOf(unix: number, zone: string): string;
/** `YYYY-MM-DDTHH:mm:ssZ`, the form of every `timestamp` in a row. */
export declare function isoOfUnix(unix: number): string;
/** Unix seconds of an ISO 8601 instant with an offset or `Z`. */
export declare function unixOfIso(iso: string): number;
