/** What the sandbox's parts pass to each other: endpoints, calls, answers, refusals. */
import { CODES, ENDPOINTS } from '../feishu/contract.js';
export const ENDPOINT_IDS = Object.values(ENDPOINTS).map((endpoint) => endpoint.id);
export const success = (data) => ({
    kind: 'json',
    status: 200,
    json: { code: 0, msg: 'success', data },
});
/** A refusal as Feishu words it. Thrown by handlers, turned into the documented envelope by the server. */
export class ApiError extends Error {
    status;
    code;
    detail;
    headers;
    constructor(refusal) {
        super(refusal.msg);
        this.name = 'ApiError';
        this.status = refusal.status;
        this.code = refusal.code;
        this.detail = refusal.detail ?? {};
        this.headers = refusal.headers ?? {};
    }
}
export const notExist = (message) => new ApiError({ status: 404, code: CODES.dataNotExist, msg: 'data not exist', detail: { message } });
export const noPermission = (message) => new ApiError({ status: 403, code: CODES.noPermission, msg: 'no permission', detail: { message } });
export const paramError = (message) => new ApiError({ status: 400, code: CODES.paramError, msg: 'param error', detail: { message } });
/** What the gateway answers before the API proper sees the call: missing field, wrong type, number out of range. */
export const fieldViolation = (field, description, value) => new ApiError({
    status: 400,
    code: CODES.fieldValidation,
    msg: 'field validation failed',
    detail: { field_violations: [{ field, description, ...(value === undefined ? {} : { value }) }] },
});
//# sourceMappingURL=api.js.map