export interface OutageLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * One outage in the log: once when it begins, and once when it is over, or when calls are no longer made here. A process that
 * makes none does not see how an outage ends, so it gives no length for it, however late it makes calls again.
 */
export class LoggedOutage {
  /** A host, `<host>|<app>`, or `store`. */
  readonly scope: string;
  /** Unix ms. */
  readonly sinceMs: number;
  readonly #logger: OutageLogger | undefined;
  #isLeft = false;

  constructor(
    logger: OutageLogger | undefined,
    { scope, reason, sinceMs }: { scope: string; reason: string; sinceMs: number },
  ) {
    this.#logger = logger;
    this.scope = scope;
    this.sinceMs = sinceMs;
    logger?.warn({ scope, reason }, 'an outage has begun: calls wait until it is over');
  }

  /** Calls have been left to another process since it was last seen. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  leave(nowMs: number): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    const seenForS = this.#secondsTo(nowMs);
    this.#logger?.info(
      { scope: this.scope, seenForS },
      'an outage is no longer looked at here: calls are not made here',
    );
  }

  /** Calls are made here again, and the process that made them meanwhile said that it had not ended. */
  resume(): void {
    this.#isLeft = false;
  }

  end(nowMs: number): void {
    if (this.#isLeft) return;
    this.#logger?.info({ scope: this.scope, lastedS: this.#secondsTo(nowMs) }, 'an outage is over: calls go on');
  }

  #secondsTo(nowMs: number): number {
    return Math.round((nowMs - this.sinceMs) / 1000);
  }
}
