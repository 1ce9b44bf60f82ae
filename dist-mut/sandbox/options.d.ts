/** Options of a sandbox, and their defaults. */
import type { Dataset } from './truth.ts';
import type { FaultRule } from './faults.ts';
import type { Limit, WindowKind } from './limiter.ts';
export interface SandboxApp {
    app_id: string;
    app_secret: string;
    /** Default: every scope that the endpoints ask for. */
    scopes?: string[];
    /** Whether the app's creator holds the Meeting management right. Default true. */
    creatorHasRight?: boolean;
}
export interface SandboxUserToken {
    token: string;
    /** The user's name in the ledger and the owner of the tasks. */
    user: string;
    /** Default true. */
    hasRight?: boolean;
    /** App that the token was issued to: its buckets count the calls. Default: the first app. */
    app_id?: string;
    scopes?: string[];
    /** Unix milliseconds; afterwards the answer is 99991677. Default: never. */
    expiresAtMs?: number;
}
/** Which meetings (and reservations) a time window means: Feishu does not document it. */
export type WindowSemantics = 'overlaps' | 'starts-in' | 'ends-in' | 'contained';
export declare const WINDOW_SEMANTICS: ["overlaps", "starts-in", "ends-in", "contained"];
export interface SandboxOptions {
    /** Default 0: a free one. */
    port?: number;
    /** Default 127.0.0.1. */
    host?: string;
    /** Default `sandbox`. Same seed, same tenant, ids and secrets of tasks apart. */
    seed?: string;
    /** The tenant's zone: IANA name or fixed offset (`+08:00`). Default Asia/Shanghai. */
    timeZone?: string;
    /** Meetings that start on a day, exactly. Default 20. One external meeting and now and then a webinar come on top. */
    meetingsPerDay?: number;
    /** Mean. Default 5. */
    participantsPerMeeting?: number;
    /** Longest meeting in minutes. Default 60. */
    minutesPerMeeting?: number;
    /** Default 200, or three times the participants of a meeting. */
    people?: number;
    /** Default 12. */
    rooms?: number;
    /** Every tenth day has a meeting of 26 h. Default true. */
    longMeetings?: boolean;
    /** Some Sundays have no meeting. Default true. */
    emptyDays?: boolean;
    /** Share of quality cells where the XLSX disagrees with the list. Default 0. */
    disagreementRate?: number;
    /** Default: cli_sandbox / sandbox-secret. */
    apps?: SandboxApp[];
    userTokens?: SandboxUserToken[];
    /** Life of a tenant token. Default two hours. */
    tokenLifetimeMs?: number;
    /** A token with less life left is replaced by A1. Default 30 minutes, or a quarter of a shorter life. */
    tokenRenewalMs?: number;
    /** Per app and endpoint, `100/60s` by default, or `off` (then R1 and R2 are unlimited too). */
    rateLimit?: string;
    /** Default fixed. */
    window?: WindowKind;
    /** Default 429. */
    throttleStatus?: 429 | 400;
    /** Shortest and longest processing time of a task. Default 2 to 30 s. */
    taskDelayMs?: [min: number, max: number];
    /** Default overlaps. */
    windowSemantics?: WindowSemantics;
    /** Time that every answer takes. Default 0. */
    answerDelayMs?: number;
    /** What a missing value looks like in a file. Default `-`. */
    nullMarker?: string;
    /** Default zh. Enum values and free texts are Chinese in both. */
    headerLanguage?: 'zh' | 'en';
    /** Age at which a task is forgotten. Default 7 days. */
    taskTtlMs?: number;
    /** Life of a file token; E5 then hands out another one. Default one day. */
    fileTtlMs?: number;
    /** Quality is not there until so long after the meeting's end. Default 0. */
    dataLagMs?: number;
    /** Older data is gone. Default: kept for ever. */
    retentionDays?: Partial<Record<Dataset, number>>;
    /** The tenant's clock, for tests that move it. It drives windows, tokens and tasks too. */
    nowMs?: () => number;
    /** Shifts the real clock: a sandbox that lives on another day. */
    clockOffsetMs?: number;
    faults?: FaultRule[];
}
export type Settings = Required<Omit<SandboxOptions, 'nowMs' | 'rateLimit' | 'apps' | 'userTokens'>> & {
    nowMs: (() => number) | undefined;
    rateLimit: Limit | undefined;
    apps: Required<SandboxApp>[];
    userTokens: SandboxUserToken[];
};
export declare const ALL_SCOPES: string[];
/** Throws RangeError for values that make no sandbox. */
export declare function resolveOptions(options: SandboxOptions): Settings;
/** Deterministic for one sandbox: the n-th task takes as long in every run. */
export declare const taskDelay: ({ seed, taskDelayMs: [min, max] }: Settings, taskNumber: number) => number;
