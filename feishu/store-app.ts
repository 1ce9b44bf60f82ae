/** Tenant tokens of a store app: by the ticket that Feishu sends to the app, for one of its tenants (A3 to A5). */
import type { FeishuClient } from './client.ts';
import { CODES } from './contract.ts';
import { FeishuError } from './errors.ts';
import { ActionNeededError } from './token.ts';

type Client = Pick<FeishuClient, 'storeTenantToken' | 'resendAppTicket'>;

export interface StoreAppOptions {
  client: Client;
  tenantKey: string;
  /** The newest ticket that came; null: none yet. */
  ticket(): Promise<string | null>;
  /** Milliseconds that never go back. */
  monotonicMs?: () => number;
}

/** Between two requests for the same ticket: it comes within seconds, where anybody receives it. */
const RESEND_EVERY_MS = 60_000;

/** Stands where `TenantTokens` has its client: it fetches what A1 gives to a custom app. */
export class StoreApp {
  readonly #o: StoreAppOptions;
  readonly #nowMs: () => number;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(o: StoreAppOptions) {
    this.#o = o;
    this.#nowMs = o.monotonicMs ?? (() => performance.now());
  }

  /** @throws ActionNeededError while there is no ticket that Feishu takes; it has been asked for another one then */
  async tenantAccessToken(appId: string, appSecret: string): Promise<{ token: string; expireS: number }> {
    const { client, tenantKey } = this.#o;
    const ticket = await this.#o.ticket();
    if (ticket === null) throw await this.#withoutTicket(appId, appSecret, 'no ticket has come yet');
    try {
      return await client.storeTenantToken({ appId, appSecret, ticket, tenantKey });
    } catch (error) {
      const isOld = error instanceof FeishuError && error.feishuCode === CODES.appTicketInvalid;
      throw isOld
        ? await this.#withoutTicket(appId, appSecret, 'Feishu does not take the last ticket any more')
        : error;
    }
  }

  async #withoutTicket(appId: string, appSecret: string, why: string): Promise<ActionNeededError> {
    if (this.#nowMs() - this.#askedAtMs >= RESEND_EVERY_MS) {
      await this.#o.client.resendAppTicket(appId, appSecret);
      this.#askedAtMs = this.#nowMs();
    }
    return new ActionNeededError(
      `feishu-vc app-tickets: ${why} for the store app ${appId}. Feishu has been asked for one: it has to reach a running ` +
        `"feishu-vc app-tickets" that writes to the same FEISHU_GRANTS_URL`,
    );
  }
}
