/**
 * Feishu's VC calls over HTTP, without retries, pacing or Temporal.
 *
 * ```ts
 * const client = new FeishuClient({ baseUrl: 'https://open.feishu.cn' });
 * const tokens = new TenantTokens({ client, appId, appSecret });
 * const { task_id } = await client.createExport('meeting_list', { start_time, end_time }, {}, { token: await tokens.get() });
 * ```
 */
export { FeishuClient } from './client.js';
export { FeishuError } from './errors.js';
export { FixedToken, TenantTokens } from './token.js';
//# sourceMappingURL=index.js.map