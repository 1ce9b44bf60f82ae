/** Misbehaviour on request: rules that say which call goes wrong, and how. */
import { z } from 'zod';
import { ENDPOINT_IDS, isTokenEndpoint } from './api.ts';
import type { EndpointId } from './api.ts';
import { drawsFor } from './random.ts';

const LISTS = ['L1', 'L2', 'L3', 'L4'] as const satisfies EndpointId[];
const CREATES = ['E1', 'E2', 'E3', 'E4'] as const satisfies EndpointId[];
const DOWNLOAD = ['E6'] as const satisfies EndpointId[];
const WITH_TOKEN = ENDPOINT_IDS.filter((id) => !isTokenEndpoint(id));

/** Every kind, with the endpoints it has a meaning for; a rule never fires elsewhere, not even with `on: 'all'`. */
export const FAULT_KINDS = {
  /** HTTP 500 with code 121001 and nothing else. */
  '500': ENDPOINT_IDS,
  /** A gateway's HTML page. */
  '502-html': ENDPOINT_IDS,
  /** Connection cut before the call has any effect. */
  reset: ENDPOINT_IDS,
  /** The call takes effect, then the connection is cut: the answer is lost. A download is cut half way. */
  'reset-after': ENDPOINT_IDS,
  /** No answer until the caller gives up, or for `delayMs`, then a cut. */
  hang: ENDPOINT_IDS,
  /** The right answer after `delayMs` (1000). */
  slow: ENDPOINT_IDS,
  /** Throttled with both headers; `resetS` (1) seconds to wait. */
  '429': ENDPOINT_IDS,
  '429-no-header': ENDPOINT_IDS,
  /** Throttled with HTTP 400, as some older APIs do. */
  '400-limit': ENDPOINT_IDS,
  /** The caller's tenant token is revoked: 99991663 until it fetches another one. */
  'dead-token': WITH_TOKEN,
  /** 99991403. */
  'monthly-cap': WITH_TOKEN,
  /** The body's first part with HTTP 200 and a Content-Length that fits. */
  'truncated-download': DOWNLOAD,
  /** A zip signature and noise. */
  'garbage-download': DOWNLOAD,
  /** A JSON error with HTTP 200. */
  'json-download': DOWNLOAD,
  /** The file token is forgotten: 404 / 121004 until E5 hands out another one. */
  'expired-file-token': DOWNLOAD,
  'extra-column': DOWNLOAD,
  /** Without the column `column`, or the third one. */
  'missing-column': DOWNLOAD,
  /** Without the row of headers: the first one is somebody's. */
  'no-header': DOWNLOAD,
  'reordered-columns': DOWNLOAD,
  'title-row': DOWNLOAD,
  'english-headers': DOWNLOAD,
  /** The rows go on in a second sheet with the same headers. */
  'split-sheets': DOWNLOAD,
  /** Behind the rows a second sheet of another layout. */
  'other-sheet': DOWNLOAD,
  /** The file ends after `rows` rows (5000): the others are gone. */
  'cut-rows': DOWNLOAD,
  /** The rows in the reverse order. */
  'reversed-rows': DOWNLOAD,
  /** In the column `column` (its Chinese header) what matches `find` (all of it) reads `text`, which may name groups. */
  'rewrite-cells': DOWNLOAD,
  /** The task ends with status 2 and `failMsg` ("internal error"). */
  'task-fails': CREATES,
  'task-never-ends': CREATES,
  /** Success, without the array of rows. */
  'no-rows': LISTS,
  /** The page's elements in the reverse order. */
  'reversed-page': LISTS,
  /** As `rewrite-cells`, for the field `column` wherever it stands in an element. */
  'rewrite-fields': LISTS,
  /** `has_more` with a token that leads to the page just read, for ever. */
  'loop-page-token': LISTS,
  /** The page comes once more under the next token. */
  'repeat-page': LISTS,
  'has-more-without-token': LISTS,
  /** HTTP 500 with code 121001 and the usual details. */
  'internal-121001': ENDPOINT_IDS,
  /** Any refusal: `status` (400), `code` (121003), `msg`. */
  refuse: ENDPOINT_IDS,
} as const satisfies Record<string, readonly EndpointId[]>;
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
  /** Header of the column, for `missing-column` and `rewrite-cells`; name of the field, for `rewrite-fields`. */
  column?: string;
  /** Regular expression, for `rewrite-cells` and `rewrite-fields`. Default: all of the text. */
  find?: string;
  /** For the same two. Default: nothing. */
  text?: string;
  /** For `cut-rows`. */
  rows?: number;
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

export class FaultRules implements FaultControl {
  #rules: FaultState[] = [];
  readonly #seed: string;

  constructor(seed: string, rules: readonly FaultRule[]) {
    this.#seed = seed;
    this.set(rules);
  }

  set(rules: readonly FaultRule[]): void {
    this.#rules = rules.map(freshState);
  }

  add(...rules: FaultRule[]): void {
    this.#rules.push(...rules.map(freshState));
  }

  clear(): void {
    this.#rules = [];
  }

  state(): FaultState[] {
    return this.#rules.map((rule) => ({ ...rule }));
  }

  /** The first rule that fires on this call. Every matching rule counts the call, whether it fires or not. */
  pick(endpoint: EndpointId, params: Record<string, string>): FaultRule | undefined {
    let fired: FaultState | undefined;
    for (const [index, rule] of this.#rules.entries()) {
      if (!matches(rule, endpoint, params)) continue;
      rule.seen++;
      if (fired || !this.#fires(rule, index)) continue;
      rule.fired++;
      fired = rule;
    }
    return fired;
  }

  #fires(rule: FaultState, index: number): boolean {
    if (rule.times !== undefined && rule.fired >= rule.times) return false;
    if (rule.nth !== undefined && ![rule.nth].flat().includes(rule.seen)) return false;
    return rule.rate === undefined || drawsFor(this.#seed, 'fault', rule.kind, index, rule.seen).chance(rule.rate);
  }
}

const freshState = (rule: FaultRule): FaultState => ({ ...parseFaultRule(rule), seen: 0, fired: 0 });

function matches(rule: FaultRule, endpoint: EndpointId, params: Record<string, string>): boolean {
  const kindEndpoints: readonly EndpointId[] = FAULT_KINDS[rule.kind];
  if (!kindEndpoints.includes(endpoint)) return false;
  if (rule.on !== 'all' && ![rule.on].flat().includes(endpoint)) return false;
  return Object.entries(rule.match ?? {}).every(([name, value]) => params[name] === value);
}

const endpointId = z.enum(ENDPOINT_IDS);
const callNumber = z.int().min(1);
const ruleSchema = z.strictObject({
  on: z.union([z.literal('all'), endpointId, z.array(endpointId).min(1)]),
  kind: z.enum(Object.keys(FAULT_KINDS).filter(isFaultKind)),
  rate: z.number().min(0).max(1).exactOptional(),
  nth: z.union([callNumber, z.array(callNumber)]).exactOptional(),
  times: callNumber.exactOptional(),
  match: z.record(z.string(), z.string()).exactOptional(),
  delayMs: z.number().min(0).exactOptional(),
  resetS: z.number().min(0).exactOptional(),
  failMsg: z.string().exactOptional(),
  column: z.string().exactOptional(),
  find: z.string().refine(isPattern, 'must be a regular expression').exactOptional(),
  text: z.string().exactOptional(),
  rows: z.int().min(0).exactOptional(),
  status: z.int().min(200).max(599).exactOptional(),
  code: z.int().exactOptional(),
  msg: z.string().exactOptional(),
});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** What a text reads under a rule that rewrites it. */
export function rewritten({ find = '^[^]*$', text = '' }: FaultRule, original: string): string {
  return original.replace(new RegExp(find), text);
}

function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}

/** Throws RangeError for a rule that is malformed or could never fire. */
export function parseFaultRule(value: unknown): FaultRule {
  const parsed = ruleSchema.safeParse(value);
  if (!parsed.success) throw new RangeError(`not a fault rule: ${z.prettifyError(parsed.error)}`);
  const rule = parsed.data;
  const endpoints: readonly EndpointId[] = FAULT_KINDS[rule.kind];
  if (rule.on !== 'all' && ![rule.on].flat().some((id) => endpoints.includes(id))) {
    throw new RangeError(
      `fault ${rule.kind} is about ${endpoints.join(', ')}; it would never fire on ${rule.on.toString()}`,
    );
  }
  return rule;
}
