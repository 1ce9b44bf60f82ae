/** The custom bot of a group: takes cards by a webhook, looks at their signature, and keeps them for whoever asks. */
import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from './clock.ts';
import { readFields } from './wire.ts';

const HOOK = '/open-apis/bot/v2/hook/';
const SIGNED_WITHIN_S = 3600;
const CODES = { badRequest: 9499, signature: 19021 };

export interface KeptCard {
  /** Unix ms. */
  atMs: number;
  /** The last part of the address. */
  hook: string;
  card: unknown;
}

export class GroupBot {
  readonly cards: KeptCard[] = [];
  readonly #clock: Clock;
  readonly #secret: string | undefined;

  /** `secret`: undefined where the bot takes what is not signed. */
  constructor({ clock, secret }: { clock: Clock; secret: string | undefined }) {
    this.#clock = clock;
    this.#secret = secret;
  }

  static isHook(url: string): boolean {
    return new URL(url, 'http://sandbox').pathname.startsWith(HOOK);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readFields(request);
    const answer = this.#take(new URL(request.url ?? '/', 'http://sandbox').pathname.slice(HOOK.length), body);
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(answer));
  }

  /** As Feishu: status 200 in any case. */
  #take(hook: string, body: Record<string, unknown> | undefined): { code: number; msg: string; data: object } {
    const { card, msg_type, timestamp, sign } = body ?? {};
    if (!this.#isSigned(timestamp, sign)) {
      const msg = 'sign match fail or timestamp is not within one hour from current time';
      return { code: CODES.signature, msg, data: {} };
    }
    if (msg_type !== 'interactive' || typeof card !== 'object' || card === null) {
      return { code: CODES.badRequest, msg: 'Bad Request', data: {} };
    }
    this.cards.push({ atMs: this.#clock.nowMs(), hook, card });
    return { code: 0, msg: 'success', data: {} };
  }

  #isSigned(timestamp: unknown, sign: unknown): boolean {
    if (this.#secret === undefined) return true;
    if (typeof timestamp !== 'string' || Math.abs(this.#clock.nowMs() / 1000 - Number(timestamp)) > SIGNED_WITHIN_S) {
      return false;
    }
    return sign === createHmac('sha256', `${timestamp}\n${this.#secret}`).digest('base64');
  }
}
