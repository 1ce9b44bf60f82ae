/** Waits whose end is known: a quota that is used up, a long push-back, a profile that this process does not have. */

/** Something that keeps calls from being made, in words for the operator: no names, ids, tokens. */
export interface ApiTrouble {
  /** `store`, an API host, an app (`<host>|<app>`), a bucket (`<host>|<app>|GET /open-apis/…`) or `profile <name>`. */
  scope: string;
  reason: string;
  /** Unix ms. */
  sinceMs: number;
  /** Only a person ends it, by this. */
  person?: PersonNeeded | undefined;
}

export interface PersonNeeded {
  profile: string;
  /** What to type, or what says the next step: `feishu-vc login --profile hq`. */
  command: string;
}

export class KnownWaits {
  readonly #nowMs: () => number;
  readonly #waits = new Map<string, ApiTrouble & { untilMs: number }>();

  /** `nowMs`: unix ms that never go back. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Told until then, or until it is over before. */
  add(scope: string, { reason, untilMs }: { reason: string; untilMs: number }): void {
    const sinceMs = this.#waits.get(scope)?.sinceMs ?? this.#nowMs();
    this.#waits.set(scope, { scope, reason, sinceMs, untilMs });
  }

  end(scope: string): void {
    this.#waits.delete(scope);
  }

  troubles(): ApiTrouble[] {
    for (const [scope, { untilMs }] of this.#waits) if (untilMs <= this.#nowMs()) this.#waits.delete(scope);
    return [...this.#waits.values()].map(({ scope, reason, sinceMs }) => ({ scope, reason, sinceMs }));
  }
}
