/** What the ways to log in have of the world. */
export interface LoginTalk {
  say(line: string): void;
  sleep(ms: number): Promise<unknown>;
  nowMs(): number;
}

/** Nobody is logged in now; what happened, and what to do next. */
export class LoginFailedError extends Error {
  override readonly name = 'LoginFailedError';
  readonly next: string;

  constructor(what: string, next: string) {
    super(what);
    this.next = next;
  }
}
