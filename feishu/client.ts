import type { z } from 'zod';
import { CREATE_ENDPOINT, ENDPOINTS, LIST_ENDPOINT } from './contract.ts';
import type { Endpoint, ExportResource, ExportTask, RoomLevelsPage, RoomsPage, UserIdType } from './contract.ts';
import { download } from './download.ts';
import type { Download } from './download.ts';
import type { CallEvents } from './http.ts';
import {
  CREATED,
  EXPORT_TASK,
  LIST_PAGE,
  problemsIn,
  ROOM_LEVELS_PAGE,
  ROOMS_PAGE,
  TENANT_TOKEN,
  STORE_APP_TOKEN,
  USER_INFO,
} from './schemas.ts';
import type { ListPages } from './schemas.ts';
import { percentEncoded } from './redact.ts';
import { Transport } from './transport.ts';
import type { JsonAnswer, Query, TransportOptions } from './transport.ts';

export interface CallOptions extends CallEvents {
  token: string;
  /** Its reason is what the call rejects with; `onSent` tells whether the request was out by then. */
  signal?: AbortSignal;
  /** From the start of the call to the end of its answer. Default: that of the client. */
  totalTimeoutMs?: number;
}

export interface ListAnswer<P> {
  /** `data` of the answer, checked. Fields that are not documented are kept; null is absent. */
  page: P;
  /** The response body as received. */
  raw: Uint8Array;
}

/**
 * The Feishu calls that exports need, one HTTP call for each method call. Retries nothing, follows no redirect, paces nothing.
 * Every method rejects with a `FeishuError`, or with the reason of the caller's signal.
 */
export class FeishuClient {
  readonly #transport: Transport;

  constructor(o: TransportOptions) {
    this.#transport = new Transport(o);
  }

  /** E1 to E4. Not idempotent: every request that Feishu handles makes a new task. */
  async createExport(
    resource: ExportResource,
    body: Record<string, unknown>,
    query: { user_id_type?: UserIdType },
    call: CallOptions,
  ): Promise<{ task_id: string }> {
    const endpoint = ENDPOINTS[CREATE_ENDPOINT[resource]];
    const takesQuery = resource !== 'resource_reservation_list';
    const answer = await this.#transport.json({
      endpoint,
      body,
      ...(takesQuery && { query: { ...query } }),
      token: call.token,
      call,
    });
    return checked(CREATED, { answer, value: answer.json['data'], at: 'data' });
  }

  /** E5. `file_token` is there whenever `status` is 3. `fail_msg` comes as one short line, without secrets. */
  async getExport(taskId: string, call: CallOptions): Promise<ExportTask> {
    const endpoint = ENDPOINTS.getExport;
    const path = endpoint.path.replace(':task_id', () => percentEncoded(taskId));
    const answer = await this.#transport.json({ endpoint, path, secrets: [taskId], token: call.token, call });
    const task = checked(EXPORT_TASK, { answer, value: answer.json['data'], at: 'data' });
    return task.fail_msg === undefined ? task : { ...task, fail_msg: answer.attempt.quoted(task.fail_msg) };
  }

  /** E6. Resolves when the first bytes are those of an XLSX file. */
  downloadExport(fileToken: string, call: CallOptions): Promise<Download> {
    const query = { file_token: fileToken };
    return download(this.#transport, { endpoint: ENDPOINTS.downloadExport, query, token: call.token, call });
  }

  /** L1 to L4. One page; `page.page_token` is there whenever `page.has_more` is true. */
  list<R extends ExportResource>(resource: R, query: Query, call: CallOptions): Promise<ListAnswer<ListPages[R]>> {
    const schema: z.ZodType<ListPages[R]> = LIST_PAGE[resource];
    return this.#page(ENDPOINTS[LIST_ENDPOINT[resource]], { query, call, schema });
  }

  /** R1. */
  listRoomLevels(query: Query, call: CallOptions): Promise<ListAnswer<RoomLevelsPage>> {
    return this.#page(ENDPOINTS.listRoomLevels, { query, call, schema: ROOM_LEVELS_PAGE });
  }

  /** R2. */
  listRooms(query: Query, call: CallOptions): Promise<ListAnswer<RoomsPage>> {
    return this.#page(ENDPOINTS.listRooms, { query, call, schema: ROOMS_PAGE });
  }

  /**
   * A1. Feishu hands out the same token until half an hour of it is left, so `expireS`, its remaining life in seconds, is
   * usually below the documented 7,200.
   */
  async tenantAccessToken(
    appId: string,
    appSecret: string,
    call: CallEvents & { signal?: AbortSignal } = {},
  ): Promise<{ token: string; expireS: number }> {
    const answer = await this.#transport.json({
      endpoint: ENDPOINTS.tenantAccessToken,
      body: { app_id: appId, app_secret: appSecret },
      secrets: [appSecret],
      isAuth: true,
      call,
    });
    const value = checked(TENANT_TOKEN, { answer, value: answer.json, at: '' });
    return { token: value.tenant_access_token, expireS: value.expire };
  }

  /** A3: the ticket does not come as the answer, but as an event. */
  async resendAppTicket(appId: string, appSecret: string): Promise<void> {
    await this.#transport.json({
      endpoint: ENDPOINTS.resendAppTicket,
      body: { app_id: appId, app_secret: appSecret },
      secrets: [appSecret],
      isAuth: true,
      call: {},
    });
  }

  /** A4 and A5: the token of a store app in one of its tenants. `expireS` as with A1. */
  async storeTenantToken(o: {
    appId: string;
    appSecret: string;
    ticket: string;
    tenantKey: string;
  }): Promise<{ token: string; expireS: number }> {
    const { appId: app_id, appSecret: app_secret, ticket: app_ticket, tenantKey: tenant_key } = o;
    const ofApp = await this.#transport.json({
      endpoint: ENDPOINTS.storeAppToken,
      body: { app_id, app_secret, app_ticket },
      secrets: [app_secret, app_ticket],
      isAuth: true,
      call: {},
    });
    const { app_access_token } = checked(STORE_APP_TOKEN, { answer: ofApp, value: ofApp.json, at: '' });
    const answer = await this.#transport.json({
      endpoint: ENDPOINTS.storeTenantToken,
      body: { app_access_token, tenant_key },
      secrets: [app_access_token],
      isAuth: true,
      call: {},
    });
    const { tenant_access_token: token, expire: expireS } = checked(TENANT_TOKEN, {
      answer,
      value: answer.json,
      at: '',
    });
    return { token, expireS };
  }

  /** A11: whom a user token belongs to. */
  async userInfo(token: string): Promise<{ openId: string | null; name: string | null }> {
    const answer = await this.#transport.json({ endpoint: ENDPOINTS.userInfo, token, call: {} });
    const { open_id, name } = checked(USER_INFO, { answer, value: answer.json['data'] ?? {}, at: 'data' });
    return { openId: open_id ?? null, name: name ?? null };
  }

  /** Ends the calls in flight: they fail with kind `network`. */
  async close(): Promise<void> {
    await this.#transport.destroy();
  }

  async #page<P>(
    endpoint: Endpoint,
    o: { query: Query; call: CallOptions; schema: z.ZodType<P> },
  ): Promise<ListAnswer<P>> {
    const { query, call } = o;
    const answer = await this.#transport.json({ endpoint, query, token: call.token, call });
    // Documented: `data` may be missing. A list of nothing is then a page without rows.
    const page = checked(o.schema, { answer, value: answer.json['data'] ?? {}, at: 'data' });
    return { page, raw: answer.raw };
  }
}

function checked<T>(schema: z.ZodType<T>, o: { answer: JsonAnswer; value: unknown; at: string }): T {
  const result = schema.safeParse(o.value);
  if (result.success) return result.data;
  throw o.answer.attempt.failed({ what: 'shape' }, { problems: problemsIn(result.error, o.at) });
}
