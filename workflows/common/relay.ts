/**
 * Passes a state on, one message after the other. Whatever changes while a message is under way, the last one says the
 * last state; what changed twice meanwhile is not said at all.
 */
export class Relay {
  readonly #state: () => boolean;
  readonly #send: (state: boolean) => Promise<void>;
  #said: boolean;
  #sending = false;

  /** `said`: what the other side takes for granted until it hears something else. */
  constructor({ state, send, said }: { state: () => boolean; send(state: boolean): Promise<void>; said: boolean }) {
    this.#state = state;
    this.#send = send;
    this.#said = said;
  }

  /** Resolves when the other side has been told the state as it is. A message that fails counts as told. */
  async catchUp(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#said !== this.#state()) {
        const state = this.#state();
        this.#said = state;
        // Whoever cannot be told has ended, or is told by other means.
        await this.#send(state).catch(() => undefined);
      }
    } finally {
      this.#sending = false;
    }
  }
}
