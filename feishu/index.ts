/**
 * Feishu's VC calls over HTTP, without retries, pacing or Temporal.
 *
 * ```ts
 * const client = new FeishuClient({ baseUrl: 'https://open.feishu.cn' });
 * const tokens = new TenantTokens({ client, appId, appSecret });
 * const { task_id } = await client.createExport('meeting_list', { start_time, end_time }, {}, { token: await tokens.get() });
 * ```
 */
export { FeishuClient } from './client.ts';
export type { CallOptions, ListAnswer } from './client.ts';
export type { Download } from './download.ts';
export { FeishuError } from './errors.ts';
export type { FeishuErrorCode, FeishuErrorFields, FeishuErrorKind } from './errors.ts';
export type { CallEvents } from './http.ts';
export type { ListPages } from './schemas.ts';
export { FixedToken, TenantTokens } from './token.ts';
export type { Clock, TokenSource } from './token.ts';
export type { Query, TransportOptions as FeishuClientOptions } from './transport.ts';
