import { CODES } from '../feishu/contract.js';
import { ApiError, fieldViolation, paramError } from './api.js';
export function queryParams({ query }) {
    const text = (name) => query.get(name) ?? undefined;
    return {
        dialect: 'list',
        text,
        whole: (name) => {
            const value = text(name);
            if (value === undefined)
                return undefined;
            if (!/^-?\d{1,9}$/.test(value))
                throw fieldViolation(name, 'must be an integer', value);
            return Number(value);
        },
        flag: (name) => {
            const value = text(name);
            if (value === undefined)
                return undefined;
            if (value !== 'true' && value !== 'false')
                throw fieldViolation(name, 'must be a boolean', value);
            return value === 'true';
        },
        texts: (name) => {
            const values = query.getAll(name);
            return values.length > 0 ? values : undefined;
        },
    };
}
export function bodyParams({ body }) {
    const typed = (name, isRight, description) => {
        const value = body[name] ?? undefined;
        if (value === undefined || isRight(value))
            return value;
        throw fieldViolation(name, description, JSON.stringify(value));
    };
    return {
        dialect: 'export',
        text: (name) => typed(name, (value) => typeof value === 'string', 'must be a string'),
        whole: (name) => typed(name, (value) => typeof value === 'number' && Number.isInteger(value), 'must be an integer'),
        flag: (name) => typed(name, (value) => typeof value === 'boolean', 'must be a boolean'),
        texts: (name) => typed(name, (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'), 'must be an array of strings'),
    };
}
export function required(params, name) {
    const value = params.text(name);
    if (value === undefined || value === '')
        throw fieldViolation(name, `${name} is required`);
    return value;
}
/** A mistake that has its own code in the list APIs. */
export function refusal(params, code, msg) {
    return params.dialect === 'list' ? new ApiError({ status: 400, code, msg }) : paramError(msg);
}
function unixSeconds(params, name) {
    const text = required(params, name);
    if (!/^-?\d{1,12}$/.test(text))
        throw paramError(`${name} must be unix seconds`);
    return Number(text);
}
export function timeWindow(params, { from: fromName, to: toName, longest, nowS, upcoming }) {
    const from = unixSeconds(params, fromName);
    const to = unixSeconds(params, toName);
    if (from < 0 || (from > nowS && !upcoming)) {
        throw refusal(params, CODES.startTimeError, 'start time error (cannot larger than now or smaller than 0)');
    }
    if (to < from || to > latestEnd(from, longest)) {
        const code = longest === 'month' ? CODES.upcomingTooLong : CODES.windowTooLong;
        throw refusal(params, code, `end time cannot exceed start time for one ${longest}, or smaller than start time`);
    }
    return { from, to };
}
/** Calendar years and months: the longest of each passes. */
function latestEnd(from, longest) {
    const end = new Date(from * 1000);
    if (longest === 'year')
        end.setUTCFullYear(end.getUTCFullYear() + 1);
    if (longest === 'month')
        end.setUTCMonth(end.getUTCMonth() + 1);
    if (longest === 'day')
        end.setUTCDate(end.getUTCDate() + 1);
    return end.getTime() / 1000;
}
export function meetingNo(params, isRequired) {
    const value = isRequired ? required(params, 'meeting_no') : params.text('meeting_no');
    if (value === undefined)
        return undefined;
    if (!/^\d+$/.test(value)) {
        throw refusal(params, CODES.meetingNoInvalid, 'meeting number invalid (cannot smaller than 0)');
    }
    if (value.length !== 9) {
        throw refusal(params, CODES.meetingNoLength, 'meeting number length not correct (supposed to be 9)');
    }
    return value;
}
/** 1 ongoing, 2 ended (default), 3 upcoming. */
export function meetingStatus(params) {
    const value = params.whole('meeting_status') ?? 2;
    if (value !== 1 && value !== 2 && value !== 3)
        throw paramError('meeting_status must be 1, 2 or 3');
    return value;
}
const UNKNOWN_USER = { open_id: 99992351, user_id: 99992360, union_id: 99992363 };
const ID_FORM = { open_id: /^ou_/, union_id: /^on_/, user_id: /^(?!o[un]_)/ };
/** An id of another kind than `user_id_type` says is unknown to Feishu. */
export function userId(params, kind) {
    const value = params.text('user_id');
    if (value === undefined || ID_FORM[kind].test(value))
        return value;
    throw new ApiError({ status: 400, code: UNKNOWN_USER[kind], msg: `not a valid ${kind}` });
}
export function roomId(params) {
    const value = params.text('room_id');
    if (value === undefined || value.startsWith('omm_'))
        return value;
    throw paramError('room_id must start with omm_');
}
export function userIdType({ query }) {
    const value = query.get('user_id_type') ?? 'open_id';
    if (value === 'open_id' || value === 'union_id' || value === 'user_id')
        return value;
    throw fieldViolation('user_id_type', 'must be one of open_id, union_id, user_id', value);
}
export function pageSize(params, { min }) {
    const value = params.whole('page_size') ?? 20;
    if (value < min || value > 100)
        throw fieldViolation('page_size', `must be between ${min} and 100`, String(value));
    return value;
}
//# sourceMappingURL=params.js.map