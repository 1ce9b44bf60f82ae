/** What each endpoint does once the caller is known and may call it. */
import { CODES, ENDPOINTS } from '../feishu/contract.ts';
import { notExist, success } from './api.ts';
import type { Answer, Call, DataEndpointId, EndpointId } from './api.ts';
import { rewritten } from './faults.ts';
import type { FaultRule } from './faults.ts';
import { createTask } from './exports.ts';
import { meetingInfo, participant, qualityElements, reservation } from './lists.ts';
import { paginate } from './pages.ts';
import { pageSize, queryParams } from './params.ts';
import { hasLateCpu } from './quality.ts';
import { meetingRows, participantRows, qualitySession, reservationRows } from './requests.ts';
import type { World } from './world.ts';

type Handler = (world: World, call: Call, fault: FaultRule | undefined) => Answer | Promise<Answer>;

export interface Route {
  endpoint: EndpointId;
  /** Value of the template's variable part. */
  pathValue: string | undefined;
}

const FIXED_ROUTES = new Map(
  Object.values(ENDPOINTS)
    .filter((endpoint) => !endpoint.path.includes(':'))
    .map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint.id]),
);

/** `exports/download` is a fixed route, so it wins over `exports/:task_id`. */
export function matchRoute(method: string, path: string): Route | undefined {
  const fixed = FIXED_ROUTES.get(`${method} ${path}`);
  if (fixed) return { endpoint: fixed, pathValue: undefined };
  if (method !== 'GET') return undefined;
  const variable = /^\/open-apis\/vc\/v1\/(exports|room_levels)\/([^/]+)$/.exec(path);
  if (!variable) return undefined;
  return { endpoint: variable[1] === 'exports' ? 'E5' : 'R1', pathValue: variable[2] };
}

/** Every endpoint that needs a caller. */
export const HANDLERS: Record<DataEndpointId, Handler> = {
  A11: (_world, { identity }) => success({ open_id: identity.user?.open_id, name: identity.user?.name }),
  E1: createTask,
  E2: createTask,
  E3: createTask,
  E4: createTask,
  E5: ({ tasks }, { pathValue, identity }) => success({ ...tasks.poll(pathValue ?? '', identity.owner) }),
  E6: download,
  L1: (world, call, fault) => {
    const { rows, userIdType } = meetingRows(world, call, queryParams(call));
    const format = { zone: world.tenant.zone, userIdType };
    return list('meeting_list', { rows, call, fault, show: (row) => meetingInfo(row, format) });
  },
  L2: (world, call, fault) => {
    const { rows, userIdType } = participantRows(world, call, queryParams(call));
    const { roomsHaveUserIds } = world.settings;
    const format = { zone: world.tenant.zone, userIdType, roomsHaveUserIds };
    return list('participants', { rows, call, fault, show: (row) => participant(row, format) });
  },
  L3: (world, call, fault) => {
    const session = qualitySession(world, call, queryParams(call));
    const rows = qualityElements(world.tenant.quality(session.meeting, session.participant), {
      zone: world.tenant.zone,
      lateCpu: hasLateCpu(session.meeting, session.participant),
    });
    return list('participant_quality_list', { rows, call, fault, show: (row) => row });
  },
  L4: (world, call, fault) => {
    const { rows, needTopic } = reservationRows(world, call, queryParams(call));
    const format = { zone: world.tenant.zone, needTopic };
    return list('room_reservation_list', { rows, call, fault, show: (row) => reservation(row, format) });
  },
  R1: roomLevels,
  R2: rooms,
};

interface ListInput<Row> {
  rows: Row[];
  call: Call;
  fault: FaultRule | undefined;
  show: (row: Row) => object;
}

function list<Row>(field: string, { rows, call, fault, show }: ListInput<Row>): Answer {
  const page = paginate({ rows, call, fault, pageSize: pageSize(queryParams(call), { min: 20 }) });
  if (fault?.kind === 'no-rows') return success({ has_more: false });
  const elements = page.rows.map(show);
  return success({ [field]: reshaped(elements, fault), ...page.links });
}

function reshaped(elements: object[], fault: FaultRule | undefined): object[] {
  switch (fault?.kind) {
    case 'reversed-page':
      return elements.toReversed();
    case 'rewrite-fields':
      return elements.map((element) => rewrittenIn(element, fault));
    default:
      return elements;
  }
}

function rewrittenIn(element: object, fault: FaultRule): object {
  const entries = Object.entries(element).map(([name, value]: [string, unknown]): [string, unknown] => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [name, rewrittenIn(value, fault)];
    return [name, name === fault.column && typeof value === 'string' ? rewritten(fault, value) : value];
  });
  return Object.fromEntries(entries);
}

async function download({ tasks }: World, { query, identity }: Call, fault: FaultRule | undefined): Promise<Answer> {
  const token = query.get('file_token') ?? '';
  if (fault?.kind === 'expired-file-token') tasks.expireFile(token);
  const { taskId, filename } = tasks.fileOf(token, identity.owner);
  if (fault?.kind === 'json-download') {
    return { kind: 'json', status: 200, json: { code: CODES.internal, msg: 'internal error' } };
  }
  const whole = await tasks.bytes(taskId, fault);
  return {
    kind: 'bytes',
    status: 200,
    bytes: damaged(whole, fault),
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${filename}"`,
    },
  };
}

/** The same damage for every download of one file. */
function damaged(whole: Buffer, fault: FaultRule | undefined): Buffer {
  if (fault?.kind === 'truncated-download') return whole.subarray(0, Math.floor(whole.length * 0.6));
  if (fault?.kind === 'garbage-download') {
    return Buffer.from(whole.map((byte, index) => (index < 4 ? byte : (byte * 31 + index) & 255)));
  }
  return whole;
}

function roomLevels({ tenant }: World, call: Call, fault: FaultRule | undefined): Answer {
  const { levels } = tenant.directory;
  if (call.pathValue !== undefined) {
    const level = call.pathValue === '0' ? levels[0] : levels.find((each) => each.room_level_id === call.pathValue);
    if (!level) throw notExist('no such room level');
    return success({ room_level: level });
  }
  // Without an id: the levels right below the tenant's own.
  const parent = call.query.get('room_level_id') || levels[0]?.room_level_id;
  if (!levels.some((level) => level.room_level_id === parent)) throw notExist('no such room level');
  const rows = levels.filter((level) => level.parent_id === parent);
  const page = paginate({ rows, call, fault, pageSize: pageSize(queryParams(call), { min: 1 }) });
  return success({ items: page.rows, ...page.links });
}

/** Rooms of a level and of the levels below it; without a level, of the tenant. */
function rooms({ tenant }: World, call: Call, fault: FaultRule | undefined): Answer {
  const { directory } = tenant;
  const levelId = call.query.get('room_level_id') || undefined;
  if (levelId !== undefined && !directory.levels.some((level) => level.room_level_id === levelId)) {
    throw notExist('no such room level');
  }
  const rows = directory.rooms.filter((room) => levelId === undefined || room.path.includes(levelId));
  const page = paginate({ rows, call, fault, pageSize: pageSize(queryParams(call), { min: 1 }) });
  return success({
    rooms: page.rows.map((room) => ({ ...room, description: '', custom_room_id: '', room_status: { status: true } })),
    ...page.links,
  });
}
