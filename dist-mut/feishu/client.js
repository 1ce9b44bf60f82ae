import { CREATE_ENDPOINT, ENDPOINTS, LIST_ENDPOINT } from './contract.js';
import { download } from './download.js';
import { CREATED, EXPORT_TASK, LIST_PAGE, problemsIn, ROOM_LEVELS_PAGE, ROOMS_PAGE, TENANT_TOKEN } from './schemas.js';
import { percentEncoded } from './redact.js';
import { Transport } from './transport.js';
/**
 * The Feishu calls that exports need, one HTTP call for each method call. Retries nothing, follows no redirect, paces nothing.
 * Every method rejects with a `FeishuError`, or with the reason of the caller's signal.
 */
export class FeishuClient {
    #transport;
    constructor(o) {
        this.#transport = new Transport(o);
    }
    /** E1 to E4. Not idempotent: every request that Feishu handles makes a new task. */
    async createExport(resource, body, query, call) {
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
    /** E5. `file_token` is there whenever `status` is 3. */
    async getExport(taskId, call) {
        const endpoint = ENDPOINTS.getExport;
        const path = endpoint.path.replace(':task_id', () => percentEncoded(taskId));
        const answer = await this.#transport.json({ endpoint, path, secrets: [taskId], token: call.token, call });
        return checked(EXPORT_TASK, { answer, value: answer.json['data'], at: 'data' });
    }
    /** E6. Resolves when the first bytes are those of an XLSX file. */
    downloadExport(fileToken, call) {
        const query = { file_token: fileToken };
        return download(this.#transport, { endpoint: ENDPOINTS.downloadExport, query, token: call.token, call });
    }
    /** L1 to L4. One page; `page.page_token` is there whenever `page.has_more` is true. */
    list(resource, query, call) {
        const schema = LIST_PAGE[resource];
        return this.#page(ENDPOINTS[LIST_ENDPOINT[resource]], { query, call, schema });
    }
    /** R1. */
    listRoomLevels(query, call) {
        return this.#page(ENDPOINTS.listRoomLevels, { query, call, schema: ROOM_LEVELS_PAGE });
    }
    /** R2. */
    listRooms(query, call) {
        return this.#page(ENDPOINTS.listRooms, { query, call, schema: ROOMS_PAGE });
    }
    /**
     * A1. Feishu hands out the same token until half an hour of it is left, so `expireS`, its remaining life in seconds, is
     * usually below the documented 7,200.
     */
    async tenantAccessToken(appId, appSecret, call = {}) {
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
    /** Ends the calls in flight: they fail with kind `network`. */
    async close() {
        await this.#transport.destroy();
    }
    async #page(endpoint, o) {
        const { query, call } = o;
        const answer = await this.#transport.json({ endpoint, query, token: call.token, call });
        // Documented: `data` may be missing. A list of nothing is then a page without rows.
        const page = checked(o.schema, { answer, value: answer.json['data'] ?? {}, at: 'data' });
        return { page, raw: answer.raw };
    }
}
function checked(schema, o) {
    const result = schema.safeParse(o.value);
    if (result.success)
        return result.data;
    throw o.answer.attempt.failed({ what: 'shape' }, { problems: problemsIn(result.error, o.at) });
}
//# sourceMappingURL=client.js.map