/** `/_sandbox/…`: the ledger, the faults and the ground truth for other processes. JSON, no authentication, loopback only. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GroupBot } from './bot.ts';
import { parseFaultRule } from './faults.ts';
import type { FaultControl, FaultRule } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Tenant } from './tenant.ts';
import { DATASETS } from './truth.ts';
import type { Dataset, TrueMeeting } from './truth.ts';
import { readFields } from './wire.ts';

export const CONTROL_PREFIX = '/_sandbox/';

export interface Controlled {
  tenant: Tenant;
  ledger: Ledger;
  faults: FaultControl;
  bot: Pick<GroupBot, 'cards'>;
}
interface ControlCall {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

export async function serveControl(
  controlled: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const send = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(value));
  };
  if (!isLoopback(request.socket.remoteAddress)) return send(403, { error: 'loopback only' });
  const body = await readFields(request);
  if (!body) return send(400, { error: 'the body must be a JSON object' });
  const call: ControlCall = {
    method: request.method ?? 'GET',
    path: url.pathname.slice(CONTROL_PREFIX.length),
    query: url.searchParams,
    body,
  };
  try {
    const value = answer(controlled, call);
    if (value === undefined) return send(404, { error: `no ${call.method} ${url.pathname}` });
    send(200, value);
  } catch (error) {
    // Wrong days, rules and numbers are RangeErrors with a text for people.
    if (!(error instanceof RangeError)) throw error;
    send(400, { error: error.message });
  }
}

const isLoopback = (address: string | undefined): boolean =>
  address === undefined || address === '::1' || /^(::ffff:)?127\./.test(address);

function answer({ tenant, ledger, faults, bot }: Controlled, call: ControlCall): unknown {
  const { query, body } = call;
  switch (`${call.method} ${call.path}`) {
    case 'GET health':
      return { ok: true };
    case 'GET ledger':
      return { calls: ledger.since(wholeNumber(query.get('since') ?? '0')) };
    case 'GET cards':
      return { cards: bot.cards };
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

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`not a whole number: ${text}`);
  return Number(text);
}

/** `?day=YYYY-MM-DD`, or `?from=…&to=…` in unix seconds, half open. */
function rangeOf(tenant: Tenant, query: URLSearchParams): { from: number; to: number } {
  const day = query.get('day');
  if (day !== null) return tenant.dayRange(day);
  return { from: wholeNumber(query.get('from') ?? ''), to: wholeNumber(query.get('to') ?? '') };
}

/** Narrowed by `meeting_instance_id` or `meeting_no`. */
function meetingsOf(tenant: Tenant, query: URLSearchParams): TrueMeeting[] {
  const { from, to } = rangeOf(tenant, query);
  const instance = query.get('meeting_instance_id');
  const number = query.get('meeting_no');
  return tenant
    .meetings(from, to)
    .filter((meeting) => instance === null || meeting.meeting_instance_id === instance)
    .filter((meeting) => number === null || meeting.meeting_no === number);
}

const meetingKey = (meeting: TrueMeeting): object => ({
  meeting_instance_id: meeting.meeting_instance_id,
  meeting_no: meeting.meeting_no,
  meeting_start_time: meeting.meeting_start_time,
  meeting_end_time: meeting.meeting_end_time,
});

const participantsWithKeys = (tenant: Tenant, meeting: TrueMeeting): object[] =>
  tenant.participants(meeting).map((row) => ({ ...meetingKey(meeting), ...row }));

const qualityWithKeys = (tenant: Tenant, meeting: TrueMeeting): object[] =>
  tenant.participants(meeting).flatMap((row) =>
    tenant.quality(meeting, row).map((minute) => ({
      ...meetingKey(meeting),
      user_ids: row.user_ids,
      room_id: row.meeting_room_id,
      join_time: row.join_time,
      ...minute,
    })),
  );

/** `{"rules": [...]}` replaces the rules, `{"add": [...]}` adds to them; `{"rules": []}` clears. */
function changeFaults(faults: FaultControl, body: Record<string, unknown>): unknown {
  if (body['rules'] !== undefined) faults.set(rulesOf(body['rules']));
  else if (body['add'] !== undefined) faults.add(...rulesOf(body['add']));
  else throw new RangeError('takes {"rules": [...]} or {"add": [...]}');
  return { rules: faults.state() };
}

function rulesOf(value: unknown): FaultRule[] {
  if (!Array.isArray(value)) throw new RangeError('rules must be an array');
  return value.map(parseFaultRule);
}

/** `{"change": {"day", "times"?}}`, `{"forget": {"dataset", "day"}}` or `{"remember": {"dataset", "day"}}`. */
function changeTenant(tenant: Tenant, body: Record<string, unknown>): unknown {
  const { change, forget, remember } = body;
  if (change) tenant.change(dayOf(change), numberOr(change, 'times', 1));
  else if (forget) tenant.forget(datasetOf(forget), dayOf(forget));
  else if (remember) tenant.remember(datasetOf(remember), dayOf(remember));
  else throw new RangeError('takes change, forget or remember');
  return { ok: true };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function dayOf(value: unknown): string {
  const day = field(value, 'day');
  if (typeof day !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new RangeError('day must be YYYY-MM-DD');
  return day;
}

function numberOr(value: unknown, name: string, fallback: number): number {
  const number = field(value, name) ?? fallback;
  if (typeof number !== 'number') throw new RangeError(`${name} must be a number`);
  return number;
}

function datasetOf(value: unknown): Dataset {
  const dataset = DATASETS.find((each) => each === field(value, 'dataset'));
  if (!dataset) throw new RangeError(`dataset must be one of ${DATASETS.join(', ')}`);
  return dataset;
}
