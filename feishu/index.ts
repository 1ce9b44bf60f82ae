/**
 * Feishu's VC calls over HTTP, without retries, pacing or Temporal.
 *
 * ```ts
 * const client = new FeishuClient({ baseUrl: 'https://open.feishu.cn' });
 * const tokens = new TenantTokens({ client, appId, secret: givenSecret('FEISHU_APP_SECRET', appSecret) });
 * const { task_id } = await client.createExport('meeting_list', { start_time, end_time }, {}, { token: await tokens.get() });
 * ```
 */
export { FeishuClient } from './client.ts';
export { consentProblem } from './consent-check.ts';
export type { CallOptions } from './client.ts';
export type { Download } from './download.ts';
export { FeishuError } from './errors.ts';
export { isFeishu, isLark } from './hosts.ts';
export { OAuthClient, OAuthRefusal } from './oauth.ts';
export { proxyFor, proxyProblems } from './proxy.ts';
export type { ConsentPage, OAuthVersion, UserTokens } from './oauth.ts';
export { StoreApp } from './store-app.ts';
export { ActionNeededError, FixedToken, givenSecret, TenantTokens } from './token.ts';
export type { Secret, TokenSource } from './token.ts';
export type { TransportOptions as FeishuClientOptions } from './transport.ts';
