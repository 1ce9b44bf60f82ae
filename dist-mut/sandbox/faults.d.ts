import type { EndpointId } from './api.ts';
/** Every kind, with the endpoints it has a meaning for; a rule never fires elsewhere, not even with `on: 'all'`. */
export declare const FAULT_KINDS: {
    /** HTTP 500 with code 121001 and nothing else. */
    readonly '500': readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** A gateway's HTML page. */
    readonly '502-html': readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** Connection cut before the call has any effect. */
    readonly reset: readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** The call takes effect, then the connection is cut: the answer is lost. A download is cut half way. */
    readonly 'reset-after': readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** No answer until the caller gives up, or for `delayMs`, then a cut. */
    readonly hang: readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** The right answer after `delayMs` (1000). */
    readonly slow: readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** Throttled with both headers; `resetS` (1) seconds to wait. */
    readonly '429': readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    readonly '429-no-header': readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** Throttled with HTTP 400, as some older APIs do. */
    readonly '400-limit': readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** The caller's tenant token is revoked: 99991663 until it fetches another one. */
    readonly 'dead-token': ("E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** 99991403. */
    readonly 'monthly-cap': ("E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** The body's first part with HTTP 200 and a Content-Length that fits. */
    readonly 'truncated-download': ["E6"];
    /** A zip signature and noise. */
    readonly 'garbage-download': ["E6"];
    /** A JSON error with HTTP 200. */
    readonly 'json-download': ["E6"];
    /** The file token is forgotten: 404 / 121004 until E5 hands out another one. */
    readonly 'expired-file-token': ["E6"];
    readonly 'extra-column': ["E6"];
    /** Without the column `column`, or the third one. */
    readonly 'missing-column': ["E6"];
    readonly 'reordered-columns': ["E6"];
    readonly 'title-row': ["E6"];
    readonly 'english-headers': ["E6"];
    /** The task ends with status 2 and `failMsg` ("internal error"). */
    readonly 'task-fails': ["E1", "E2", "E3", "E4"];
    readonly 'task-never-ends': ["E1", "E2", "E3", "E4"];
    /** `has_more` with a token that leads to the page just read, for ever. */
    readonly 'loop-page-token': ["L1", "L2", "L3", "L4"];
    /** The page comes once more under the next token. */
    readonly 'repeat-page': ["L1", "L2", "L3", "L4"];
    readonly 'has-more-without-token': ["L1", "L2", "L3", "L4"];
    /** HTTP 500 with code 121001 and the usual details. */
    readonly 'internal-121001': readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
    /** Any refusal: `status` (400), `code` (121003), `msg`. */
    readonly refuse: readonly ("A1" | "E1" | "E2" | "E3" | "E4" | "E5" | "E6" | "L1" | "L2" | "L3" | "L4" | "R1" | "R2")[];
};
export type FaultKind = keyof typeof FAULT_KINDS;
/** Without `rate` and `nth` a rule fires on every matching call. */
export interface FaultRule {
    on: 'all' | EndpointId | EndpointId[];
    kind: FaultKind;
    /** Share of matching calls, 0 to 1; drawn from the seed and the number of the matching call. */
    rate?: number;
    /** Only the n-th matching call (one or several numbers), counted from 1. */
    nth?: number | number[];
    /** Fires at most so often. */
    times?: number;
    /** Only calls with these parameters, `{"meeting_no": "123456789"}`. */
    match?: Record<string, string>;
    /** Milliseconds, for `slow` and `hang`. */
    delayMs?: number;
    /** Seconds in the reset header, for `429` and `400-limit`. */
    resetS?: number;
    /** For `task-fails`. */
    failMsg?: string;
    /** Header of the column, for `missing-column`. */
    column?: string;
    /** For `refuse`. */
    status?: number;
    code?: number;
    msg?: string;
}
export interface FaultState extends FaultRule {
    /** Matching calls so far. */
    seen: number;
    /** Times the rule fired. */
    fired: number;
}
export interface FaultControl {
    /** Replaces all rules and their counters. Throws RangeError for a rule that means nothing. */
    set(rules: readonly FaultRule[]): void;
    add(...rules: FaultRule[]): void;
    clear(): void;
    /** The rules with their counters. */
    state(): FaultState[];
}
export declare class FaultRules implements FaultControl {
    #private;
    constructor(seed: string, rules: readonly FaultRule[]);
    set(rules: readonly FaultRule[]): void;
    add(...rules: FaultRule[]): void;
    clear(): void;
    state(): FaultState[];
    /** The first rule that fires on this call. Every matching rule counts the call, whether it fires or not. */
    pick(endpoint: EndpointId, params: Record<string, string>): FaultRule | undefined;
}
/** Throws RangeError for a rule that is malformed or could never fire. */
export declare function parseFaultRule(value: unknown): FaultRule;
