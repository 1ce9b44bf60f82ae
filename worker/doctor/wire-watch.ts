/** Counts the calls to some hosts and reads the clock of the last answer, from what the HTTP library tells of itself. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const CREATED = 'undici:request:create';
const ANSWERED = 'undici:request:headers';

export class WireWatch {
  readonly #origins: ReadonlySet<string>;
  readonly #nowMs: () => number;
  #calls = 0;
  #clock: { theirsMs: number; oursMs: number } | null = null;

  constructor(urls: readonly string[], nowMs: () => number) {
    this.#origins = new Set(urls.map((url) => new URL(url).origin));
    this.#nowMs = nowMs;
    subscribe(CREATED, this.#onCreated);
    subscribe(ANSWERED, this.#onAnswered);
  }

  get calls(): number {
    return this.#calls;
  }

  /** Both clocks at the last answer that had a `Date`, which is as fine as a second. */
  get clock(): { theirsMs: number; oursMs: number } | null {
    return this.#clock;
  }

  close(): void {
    unsubscribe(CREATED, this.#onCreated);
    unsubscribe(ANSWERED, this.#onAnswered);
  }

  readonly #onCreated = (message: unknown): void => {
    if (this.#isOurs(message)) this.#calls++;
  };

  readonly #onAnswered = (message: unknown): void => {
    if (!this.#isOurs(message)) return;
    const headers: unknown = (message as { response?: { headers?: unknown } }).response?.headers;
    const theirsMs = Date.parse(dateIn(headers) ?? '');
    if (!Number.isNaN(theirsMs)) this.#clock = { theirsMs, oursMs: this.#nowMs() };
  };

  #isOurs(message: unknown): boolean {
    const origin: unknown = (message as { request?: { origin?: unknown } }).request?.origin;
    return this.#origins.has(String(origin));
  }
}

/** Names and values in turns, as bytes. */
function dateIn(headers: unknown): string | undefined {
  if (!Array.isArray(headers)) return undefined;
  const index = headers.findIndex((each, at) => at % 2 === 0 && String(each).toLowerCase() === 'date');
  return index === -1 ? undefined : String(headers[index + 1]);
}
