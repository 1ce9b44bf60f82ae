import { parseFaultRule } from './faults.js';
import { DATASETS } from './truth.js';
import { readJson } from './wire.js';
export const CONTROL_PREFIX = '/_sandbox/';
export async function serveControl(controlled, request, response) {
    const url = new URL(request.url ?? '/', 'http://sandbox');
    const send = (status, value) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
        response.end(JSON.stringify(value));
    };
    if (!isLoopback(request.socket.remoteAddress))
        return send(403, { error: 'loopback only' });
    const body = await readJson(request);
    if (!body)
        return send(400, { error: 'the body must be a JSON object' });
    const call = {
        method: request.method ?? 'GET',
        path: url.pathname.slice(CONTROL_PREFIX.length),
        query: url.searchParams,
        body,
    };
    try {
        const value = answer(controlled, call);
        if (value === undefined)
            return send(404, { error: `no ${call.method} ${url.pathname}` });
        send(200, value);
    }
    catch (error) {
        // Wrong days, rules and numbers are RangeErrors with a text for people.
        if (!(error instanceof RangeError))
            throw error;
        send(400, { error: error.message });
    }
}
const isLoopback = (address) => address === undefined || address === '::1' || /^(::ffff:)?127\./.test(address);
function answer({ tenant, ledger, faults }, call) {
    const { query, body } = call;
    switch (`${call.method} ${call.path}`) {
        case 'GET health':
            return { ok: true };
        case 'GET ledger':
            return { calls: ledger.since(wholeNumber(query.get('since') ?? '0')) };
        case 'GET tasks':
            return { tasks: ledger.tasks };
        case 'GET faults':
            return { rules: faults.state() };
        case 'POST faults':
            return changeFaults(faults, body);
        case 'POST tenant':
            return changeTenant(tenant, body);
        case 'GET tenant/meetings':
            return { meetings: meetingsOf(tenant, query) };
        case 'GET tenant/participants':
            return { participants: meetingsOf(tenant, query).flatMap((meeting) => participantsWithKeys(tenant, meeting)) };
        case 'GET tenant/quality':
            return { minutes: meetingsOf(tenant, query).flatMap((meeting) => qualityWithKeys(tenant, meeting)) };
        case 'GET tenant/reservations': {
            const { from, to } = rangeOf(tenant, query);
            return { reservations: tenant.reservations(from, to) };
        }
        case 'GET tenant/directory':
            return tenant.directory;
        default:
            return undefined;
    }
}
function wholeNumber(text) {
    if (!/^\d+$/.test(text))
        throw new RangeError(`not a whole number: ${text}`);
    return Number(text);
}
/** `?day=YYYY-MM-DD`, or `?from=…&to=…` in unix seconds, half open. */
function rangeOf(tenant, query) {
    const day = query.get('day');
    if (day !== null)
        return tenant.dayRange(day);
    return { from: wholeNumber(query.get('from') ?? ''), to: wholeNumber(query.get('to') ?? '') };
}
/** Narrowed by `meeting_instance_id` or `meeting_no`. */
function meetingsOf(tenant, query) {
    const { from, to } = rangeOf(tenant, query);
    const instance = query.get('meeting_instance_id');
    const number = query.get('meeting_no');
    return tenant
        .meetings(from, to)
        .filter((meeting) => instance === null || meeting.meeting_instance_id === instance)
        .filter((meeting) => number === null || meeting.meeting_no === number);
}
const meetingKey = (meeting) => ({
    meeting_instance_id: meeting.meeting_instance_id,
    meeting_no: meeting.meeting_no,
    meeting_start_time: meeting.meeting_start_time,
    meeting_end_time: meeting.meeting_end_time,
});
const participantsWithKeys = (tenant, meeting) => tenant.participants(meeting).map((row) => ({ ...meetingKey(meeting), ...row }));
const qualityWithKeys = (tenant, meeting) => tenant.participants(meeting).flatMap((row) => tenant.quality(meeting, row).map((minute) => ({
    ...meetingKey(meeting),
    user_ids: row.user_ids,
    room_id: row.meeting_room_id,
    join_time: row.join_time,
    ...minute,
})));
/** `{"rules": [...]}` replaces the rules, `{"add": [...]}` adds to them; `{"rules": []}` clears. */
function changeFaults(faults, body) {
    if (body['rules'] !== undefined)
        faults.set(rulesOf(body['rules']));
    else if (body['add'] !== undefined)
        faults.add(...rulesOf(body['add']));
    else
        throw new RangeError('takes {"rules": [...]} or {"add": [...]}');
    return { rules: faults.state() };
}
function rulesOf(value) {
    if (!Array.isArray(value))
        throw new RangeError('rules must be an array');
    return value.map(parseFaultRule);
}
/** `{"change": {"day", "times"?}}`, `{"forget": {"dataset", "day"}}` or `{"remember": {"dataset", "day"}}`. */
function changeTenant(tenant, body) {
    const { change, forget, remember } = body;
    if (change)
        tenant.change(dayOf(change), numberOr(change, 'times', 1));
    else if (forget)
        tenant.forget(datasetOf(forget), dayOf(forget));
    else if (remember)
        tenant.remember(datasetOf(remember), dayOf(remember));
    else
        throw new RangeError('takes change, forget or remember');
    return { ok: true };
}
function field(value, name) {
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
function dayOf(value) {
    const day = field(value, 'day');
    if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day))
        throw new RangeError('day must be YYYY-MM-DD');
    return day;
}
function numberOr(value, name, fallback) {
    const number = field(value, name) ?? fallback;
    if (typeof number !== 'number')
        throw new RangeError(`${name} must be a number`);
    return number;
}
function datasetOf(value) {
    const dataset = DATASETS.find((each) => each === field(value, 'dataset'));
    if (!dataset)
        throw new RangeError(`dataset must be one of ${DATASETS.join(', ')}`);
    return dataset;
}
//# sourceMappingURL=control.js.map