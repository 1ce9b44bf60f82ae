import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DAY,
  first,
  meetingQuery,
  meetingsOf,
  NOW_MS,
  openSandbox,
  sessionQuery,
  sessionsOf,
} from './support/sandbox-client.ts';
import type { TestClient } from './support/sandbox-client.ts';

type Query = Record<string, string | string[]>;

let client: TestClient;
let window: Record<string, string>;
let meeting: Record<string, string>;
let session: Record<string, string>;
let reservations: Query;

beforeAll(async () => {
  client = await openSandbox();
  const { from, to } = client.sandbox.tenant.dayRange(DAY);
  window = { start_time: String(from), end_time: String(to) };
  meeting = meetingQuery(first(meetingsOf(client)));
  session = sessionQuery(first(sessionsOf(client).filter(({ participant }) => participant.user_ids)));
  reservations = {
    ...window,
    room_level_id: first(client.sandbox.tenant.directory.levels).room_level_id,
    room_ids: 'omm_x',
  };
});
afterAll(() => client.sandbox.close());

const NOW = NOW_MS / 1000;
const DAY_S = 86_400;
const omit = (query: Query, name: string): Query =>
  Object.fromEntries(Object.entries(query).filter(([key]) => key !== name));

/** [what is wrong, the query, the expected code]. Queries are functions: the tenant exists only later. */
type Mistake = [string, () => Query, number];

const refused = (code: number): unknown[] => [400, code, expect.stringMatching(/^\d{14}[0-9A-F]{20}$/)];

async function answerOf(path: string, query: Query): Promise<unknown[]> {
  const { status, json } = await client.get(path, query);
  return [status, json.code, json.error?.log_id];
}

const COMMON: [string, Query][] = [
  ['page_size 19', { page_size: '19' }],
  ['page_size 101', { page_size: '101' }],
  ['page_size twenty', { page_size: 'twenty' }],
  ['an invented page token', { page_token: '20' }],
];

describe('The lists refuse', () => {
  const lists: [string, () => Query][] = [
    ['meeting_list', () => window],
    ['participant_list', () => meeting],
    ['participant_quality_list', () => session],
    ['resource_reservation_list', () => reservations],
  ];
  test.each(lists)('in %s page sizes outside 20 to 100 and foreign page tokens', async (path, query) => {
    expect((await client.get(path, query())).json.code).toBe(0);
    for (const [, wrong] of COMMON) expect(await answerOf(path, { ...query(), ...wrong })).toEqual(refused(99992402));
  });

  test.each<[string, string, () => Query]>([
    ['meeting_list', 'end_time', () => window],
    ['participant_list', 'meeting_no', () => meeting],
    ['participant_list', 'meeting_end_time', () => meeting],
    ['participant_quality_list', 'join_time', () => session],
    ['resource_reservation_list', 'room_level_id', () => reservations],
    ['resource_reservation_list', 'room_ids', () => reservations],
  ])('in %s a call without %s, naming the field', async (path, name, query) => {
    const { json } = await client.get(path, omit(query(), name));
    expect(json.code).toBe(99992402);
    expect(json.error.field_violations[0].field).toBe(name);
  });

  test.each<Mistake>([
    ['a start in the future', () => ({ start_time: String(NOW + 60), end_time: String(NOW + 120) }), 126005],
    ['a negative start', () => ({ start_time: '-1', end_time: '60' }), 126005],
    ['an end before the start', () => ({ start_time: '1700000000', end_time: '1699999999' }), 126006],
    ['over a year', () => ({ start_time: String(NOW - 367 * DAY_S), end_time: String(NOW) }), 126006],
    ['text for a time', () => ({ ...window, start_time: 'yesterday' }), 121003],
    ['a negative meeting number', () => ({ ...window, meeting_no: '-12345678' }), 126003],
    ['a short meeting number', () => ({ ...window, meeting_no: '12345678' }), 126004],
    ['two filters', () => ({ ...window, meeting_no: '123456789', meeting_type: '1' }), 126008],
    ['upcoming meetings', () => ({ ...window, meeting_status: '3' }), 121003],
    ['a room among ongoing meetings', () => ({ ...window, meeting_status: '1', room_id: 'omm_1' }), 126015],
    ['an unknown meeting type', () => ({ ...window, meeting_type: '4' }), 121003],
    ['a union_id as open_id', () => ({ ...window, user_id: 'on_1' }), 99992351],
    ['an open_id as union_id', () => ({ ...window, user_id: 'ou_1', user_id_type: 'union_id' }), 99992363],
    ['an open_id as user_id', () => ({ ...window, user_id: 'ou_1', user_id_type: 'user_id' }), 99992360],
    ['an unknown kind of id', () => ({ ...window, user_id_type: 'email' }), 99992402],
  ])('of meetings: %s', async (_, query, code) => {
    expect(await answerOf('meeting_list', query())).toEqual(refused(code));
  });

  test.each<Mistake>([
    ['user and room', () => ({ ...meeting, user_id: 'ou_1', room_id: 'omm_1' }), 126007],
    ['a long meeting number', () => ({ ...meeting, meeting_no: '1234567890' }), 126004],
    ['an unknown meeting', () => ({ ...meeting, meeting_no: '100000000' }), 126009],
    [
      'a start of another minute',
      () => ({ ...meeting, meeting_start_time: String(Number(meeting['meeting_start_time']) - 61) }),
      126009,
    ],
    ['another end', () => ({ ...meeting, meeting_end_time: String(Number(meeting['meeting_end_time']) + 61) }), 126009],
    [
      'over a day',
      () => ({ ...meeting, meeting_end_time: String(Number(meeting['meeting_start_time']) + DAY_S + 1) }),
      126006,
    ],
  ])('of participants: %s', async (_, query, code) => {
    expect(await answerOf('participant_list', query())).toEqual(refused(code));
  });

  test.each<Mistake>([
    ['user and room', () => ({ ...session, room_id: 'omm_1' }), 126007],
    ['neither user nor room', () => omit(session, 'user_id'), 121003],
    ['somebody who was not there', () => ({ ...session, user_id: 'ou_nobody' }), 126010],
    ['another join time', () => ({ ...session, join_time: '1700000000' }), 126010],
    ['an unknown meeting', () => ({ ...session, meeting_no: '100000000' }), 126009],
  ])('of quality: %s', async (_, query, code) => {
    expect(await answerOf('participant_quality_list', query())).toEqual(refused(code));
  });

  test('of reservations: over a day, and an unknown level', async () => {
    const { start_time: start = '' } = window;
    const tooLong = { ...reservations, end_time: String(Number(start) + DAY_S + 1) };
    expect(await answerOf('resource_reservation_list', tooLong)).toEqual(refused(126006));
    const unknown = await client.get('resource_reservation_list', { ...reservations, room_level_id: 'omb_none' });
    expect([unknown.status, unknown.json.code]).toEqual([404, 121004]);
  });
});

test('A meeting is named by minutes: seconds of start and end do not matter', async () => {
  const rounded = {
    ...meeting,
    meeting_start_time: String(Math.floor(Number(meeting['meeting_start_time']) / 60) * 60),
  };
  expect((await client.get('participant_list', rounded)).json.data.participants.length).toBeGreaterThan(0);
});

test('Exactly a year, and exactly a day, are allowed', async () => {
  const year = { start_time: String(NOW - 365 * DAY_S), end_time: String(NOW) };
  const quiet = await openSandbox({ meetingsPerDay: 1 });
  expect((await quiet.get('meeting_list', year)).json.code).toBe(0);
  await quiet.sandbox.close();
  const { start_time: start = '' } = window;
  const day = { ...reservations, end_time: String(Number(start) + DAY_S) };
  expect((await client.get('resource_reservation_list', day)).json.code).toBe(0);
});

test('The exports know the same mistakes as 121003, and what does not exist as 404 / 121004', async () => {
  const codeOf = async (resource: string, body: unknown): Promise<number[]> => {
    const { status, json } = await client.post(`exports/${resource}`, body);
    return [status, json.code];
  };
  expect(await codeOf('meeting_list', { ...window, end_time: '0' })).toEqual([400, 121003]);
  expect(await codeOf('meeting_list', { ...window, meeting_no: '1' })).toEqual([400, 121003]);
  expect(await codeOf('meeting_list', { ...window, meeting_no: '123456789', meeting_type: 1 })).toEqual([400, 121003]);
  expect(await codeOf('meeting_list', { ...window, start_time: 1_700_000_000 })).toEqual([400, 99992402]);
  expect(await codeOf('meeting_list', { ...window, meeting_type: '1' })).toEqual([400, 99992402]);
  expect(await codeOf('meeting_list', omit(window, 'start_time'))).toEqual([400, 99992402]);
  expect(await codeOf('participant_list', { ...meeting, meeting_no: '100000000' })).toEqual([404, 121004]);
  expect(await codeOf('participant_quality_list', { ...session, room_id: 'omm_1' })).toEqual([400, 121003]);
  expect(await codeOf('participant_quality_list', { ...session, user_id: 'ou_nobody' })).toEqual([404, 121004]);
  expect(await codeOf('resource_reservation_list', { ...window, room_level_id: 'omb_none' })).toEqual([404, 121004]);
  const text = await client.call('POST', '/open-apis/vc/v1/exports/meeting_list', {
    token: client.token,
    body: 'text',
  });
  expect(text.json.code).toBe(99992402);
});

test('The upcoming list is for exports, up to a month ahead', async () => {
  const ahead = { start_time: String(NOW), end_time: String(NOW + 20 * DAY_S), meeting_status: 3 };
  const [, ...rows] = await client.exported('meeting_list', ahead);
  expect(rows.length).toBeGreaterThan(0);
  const { json } = await client.post('exports/meeting_list', { ...ahead, end_time: String(NOW + 40 * DAY_S) });
  expect(json.code).toBe(121003);
});

test('A page token belongs to its query', async () => {
  const page = await client.get('meeting_list', window);
  const token: string = page.json.data.page_token;
  expect((await client.get('meeting_list', { ...window, page_token: token })).json.code).toBe(0);
  expect(await answerOf('meeting_list', { ...window, page_token: token, meeting_type: '2' })).toEqual(
    refused(99992402),
  );
});

test('Filters by number, person, room and type select what they name', async () => {
  const { tenant } = client.sandbox;
  const { from, to } = tenant.dayRange(DAY);
  const visible = tenant.meetingsTouching(from, to).filter((row) => !row.is_external && !row.is_webinar);
  const numbers = async (filter: Query): Promise<string[]> => {
    const { json } = await client.get('meeting_list', { ...window, ...filter, page_size: '100' });
    return json.data.meeting_list.map((row: { meeting_instance_id: string }) => row.meeting_instance_id);
  };
  const expected = (matches: (row: (typeof visible)[0]) => boolean): string[] =>
    visible.filter(matches).map((row) => row.meeting_instance_id);
  const person = session['user_id'] ?? '';
  const room = first(tenant.directory.rooms).room_id;
  const number = meeting['meeting_no'] ?? '';
  expect(await numbers({ meeting_no: number })).toEqual(expected((row) => row.meeting_no === number));
  expect(await numbers({ meeting_type: '3' })).toEqual(expected((row) => row.meeting_type === 3));
  expect(await numbers({ user_id: person })).toEqual(
    expected((row) => tenant.participants(row).some((each) => each.user_ids?.open_id === person)),
  );
  expect(await numbers({ room_id: room })).toEqual(
    expected((row) => tenant.participants(row).some((each) => each.meeting_room_id === room)),
  );
});

test('Quality comes late, and old data is gone, where the options say so', async () => {
  const late = await openSandbox({ dataLagMs: 3 * DAY_S * 1000 });
  expect((await late.get('participant_quality_list', session)).json.code).toBe(126009);
  expect((await late.post('exports/participant_quality_list', session)).json.code).toBe(121004);
  expect((await late.get('participant_list', meeting)).json.code).toBe(0);
  await late.sandbox.close();
  const short = await openSandbox({
    retentionDays: { meetings: 1, participants: 0.5, quality: 0.5, reservations: 0.5 },
  });
  const old = { start_time: String(NOW - 5 * DAY_S), end_time: String(NOW - 4 * DAY_S) };
  expect((await short.get('meeting_list', old)).json.data.meeting_list).toEqual([]);
  expect((await short.get('participant_list', meeting)).json.code).toBe(126009);
  expect((await short.get('participant_quality_list', session)).json.code).toBe(126009);
  expect(
    (await short.get('resource_reservation_list', { ...reservations, ...old, is_exclude: 'true' })).json.data
      .room_reservation_list,
  ).toEqual([]);
  await short.sandbox.close();
});

test('Wrong paths and methods are a plain text 404', async () => {
  for (const [method, path] of [
    ['GET', '/open-apis/vc/v1/nothing'],
    ['GET', '/open-apis/vc/v1/exports/meeting_list/x'],
    ['POST', '/open-apis/vc/v1/meeting_list'],
    ['DELETE', '/open-apis/vc/v1/exports/7000000000000000000'],
  ] as const) {
    const reply = await client.call(method, path, { token: client.token });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(reply.headers.get('x-tt-logid')).toMatch(/^\d{14}/);
  }
});
