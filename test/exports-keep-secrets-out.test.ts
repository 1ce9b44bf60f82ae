/** What a run leaves behind, failures included: no token and no secret anywhere, no person in histories and logs. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { inspect } from 'node:util';
import { gunzipSync } from 'node:zlib';
import type { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExportTask } from '../feishu/contract.ts';
import { reportFailure } from '../client/cli/failures.ts';
import { addDays } from '../model/calendar.ts';
import { ChildDiedError } from '../client/embedded/children.ts';
import { readParquet } from '../store/parquet.ts';
import { meetingKey, sessionKey, type SessionId } from '../tables/keys.ts';
import { exportDay, findDay, readTable, SMALL, topLevel } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { Needles } from './support/needles.ts';
import { until } from './support/operators.ts';
import { pendingFailures } from './support/pending.ts';
import { startProduct, type Product } from './support/product.ts';
import { cellsOf } from './support/sandbox-client.ts';

const SECRET = 'sandbox-secret';
/** For all of the runs, on a busy machine. */
const PATIENCE_MS = 300_000;
const WRONG_SECRET = 'not-the-right-secret-4711';
const TOKEN = /\bt-[0-9a-f]{40}\b/;
/** Base64 of 37 bytes in two pieces with `+/` between, also as a URL has it. */
const FILE_TOKEN = /[\w+/]{8}\+\/[\w+/]{42}|%2B%2F[\w%]{40,}/i;
const USER_ID = /\b(ou|on|omm)_[0-9a-f]{32}\b/;
/** Where what Feishu sent lies, and the tables made of it. */
const OF_PEOPLE = /^data\/(raw|tables)\//;
/** Settings of the test's own. */
const GIVEN_SETTINGS = 'profiles.json';
const NO_HEADER = 'The sheet does not have the columns of participant_list';
/** Of the run that somebody has started with the id of a person in its input. */
const BY_HAND = /\/participant\//;

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
interface History {
  workflowId: string;
  type: string;
  events: HistoryEvent[];
}

const cli = await temporalCli();

describe.skipIf(!cli)('after exports that succeeded and exports that failed', () => {
  let product: Product;
  let histories: History[];
  let logs: string;
  let people: string[];
  /** Ids of rooms that took part, and of the person that somebody asked about. */
  let rooms: string[];
  let given: string;
  /** What callers were told of runs: errors with their causes, progress, what a terminal shows. */
  let told: string;
  let secrets: string[];
  let allIds: string[];
  /** Days of which all tables were exported, the second one by files alone, and their meetings. */
  let days: string[];
  let meetings: Meeting[];

  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      workers: 0,
      sandbox: { ...SMALL, meetingsPerDay: 2, minutesPerMeeting: 10 },
    });
    await startWorker(product);
    ({ people, rooms, given, told, days, meetings } = await runEverything(product));
    secrets = [SECRET, WRONG_SECRET, ...(await liveTokens(product))];
    allIds = [...idsOfPeople(product), ...rooms];
    histories = await allHistories(product);
    logs = (await Promise.all(product.workers.map((worker) => readFile(worker.logFile!, 'utf8')))).join('\n');
  }, PATIENCE_MS);
  afterAll(async () => {
    await product.stop();
  });

  /** Tokens and secrets in a text, each with where it stands. */
  function secretsIn(text: string, where: string): string[] {
    const shapes = [TOKEN, FILE_TOKEN].flatMap((shape) => shape.exec(text)?.[0] ?? []);
    return [...secrets.filter((secret) => text.includes(secret)), ...shapes].map((secret) => `${secret} in ${where}`);
  }

  /** Names, addresses, numbers and topics in a text. */
  function peopleIn(text: string, where: string): string[] {
    return people.filter((person) => text.includes(person)).map((person) => `${person} in ${where}`);
  }

  test('there are tokens, people and failures that could have leaked', () => {
    expect(secrets.length).toBeGreaterThan(4);
    expect(secrets.some((secret) => TOKEN.test(secret))).toBe(true);
    expect(secrets.some((secret) => FILE_TOKEN.test(secret))).toBe(true);
    expect(people.length).toBeGreaterThan(20);
    const types = new Set(histories.map(({ type }) => type));
    for (const type of ['exportDay', 'exportResource', 'meetingQuality', 'participantQuality']) {
      expect(types).toContain(type);
    }
    const texts = histories.flatMap(({ events }) => textsOf(events)).join('\n');
    // Payloads are decoded, else nothing would be found in them.
    expect(texts).toMatch(USER_ID);
    for (const failure of ['CredentialsRejected', 'PermissionDenied', 'Throttled', NO_HEADER])
      expect(texts + logs).toContain(failure);
    const kinds = new Set(product.sandbox.ledger.calls.map((call) => call.fault).filter((kind) => kind !== null));
    for (const kind of ['dead-token', '429', '500', 'expired-file-token', 'garbage-download', 'reset-after']) {
      expect(kinds).toContain(kind);
    }
  });

  test('no history holds a token, a secret or a person', () => {
    const leaks = histories.flatMap(({ workflowId, events }) => {
      const text = textsOf(events).join('\n');
      return [...secretsIn(text, workflowId), ...peopleIn(text, workflowId)];
    });
    expect(leaks).toStrictEqual([]);
  });

  test('no history holds the id of a person or of a room that took part, but for the one that was passed in by hand', () => {
    expect(Math.min(allIds.length - rooms.length, rooms.length)).toBeGreaterThan(0);
    const found = (asked: History[]) =>
      asked.flatMap(({ workflowId, events }) => {
        const text = textsOf(events).join('\n');
        return allIds.filter((id) => text.includes(id)).map((id) => `${id} in ${workflowId}`);
      });
    expect(found(histories.filter(({ workflowId }) => !BY_HAND.test(workflowId)))).toStrictEqual([]);
    const passed = found(histories.filter(({ workflowId }) => BY_HAND.test(workflowId)));
    expect(passed).toStrictEqual([expect.stringContaining(given)]);
  });

  test('who has a list of ids and tries each at every second of the meetings finds nobody in histories, logs and errors', async () => {
    const guesses = everyGuess(product, { meetings, rooms });
    const tables = await Promise.all(days.map((day) => readTable(product.dataDir, 'participants', day)));
    const keys = tables
      .flatMap(({ rows }) => rows)
      .filter(({ user_id, meeting_room_id }) => user_id ?? meeting_room_id)
      .map((row) => row['session_key']);
    // The keys in the tables are such hashes: with them everybody would be found.
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.filter((key) => !guesses.has(String(key)))).toStrictEqual([]);
    const texts = histories.flatMap(({ workflowId, events }) => [workflowId, ...textsOf(events)]);
    const found = [...texts, logs, told].flatMap((text) =>
      hashesIn(text).flatMap((hash) => (guesses.has(hash) ? [`${hash} in ${text.slice(0, 200)}`] : [])),
    );
    expect(found).toStrictEqual([]);
    // What keeps them from being found.
    const { secret } = JSON.parse(await readFile(join(product.dataDir, 'secret.json'), 'utf8')) as { secret: string };
    expect([...texts, logs, told].filter((text) => text.includes(secret))).toStrictEqual([]);
  });

  test('workflow ids and summaries name no user and no room', () => {
    const userIds = product.sandbox.tenant.directory.people.map(({ ids }) => ids.user_id);
    const shown = histories.flatMap(({ workflowId, events }) => [
      workflowId,
      ...events.flatMap((event) => textsOf(event.userMetadata)),
    ]);
    expect(shown.length).toBeGreaterThan(histories.length * 2);
    const named = shown.filter((text) => USER_ID.test(text) || userIds.some((id) => text.includes(id)));
    expect(named).toStrictEqual([]);
    expect(shown.flatMap((text) => peopleIn(text, text))).toStrictEqual([]);
  });

  test('no log line of a worker holds a token, a secret or a person', () => {
    expect(logs).toContain('worker ready');
    expect([...secretsIn(logs, 'the log'), ...peopleIn(logs, 'the log')]).toStrictEqual([]);
  });

  test('no file of the store holds a token or a secret', async () => {
    const entries = await readdir(product.dataDir, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const kinds = new Set(paths.map((path) => path.slice(path.lastIndexOf('.'))));
    for (const kind of ['.json', '.gz', '.xlsx', '.parquet']) expect(kinds).toContain(kind);
    const leaks = await Promise.all(paths.map(async (path) => secretsIn(await textOfFile(path), path)));
    expect(leaks.flat()).toStrictEqual([]);
  });

  test('no other file holds a person, an id, a token or a secret: nor the database of the server, its log or a manifest', async () => {
    const needles = new Needles([...secrets, ...everybody(product), ...people, ...allIds]);
    expect(needles.size).toBeGreaterThan(300);
    const paths = (await filesIn(product.dir)).filter((path) => !OF_PEOPLE.test(path) && path !== GIVEN_SETTINGS);
    for (const path of ['temporal.db', 'temporal.db-wal', 'temporal.log', 'worker-1.log', 'data/store.json'])
      expect(paths).toContain(path);
    expect(paths.some((path) => path.startsWith('data/manifests/'))).toBe(true);
    const found = await Promise.all(
      paths.map(async (path) =>
        needles.in(await readFile(join(product.dir, path))).map((text) => ({ text, path: path.replace(/-wal$/, '') })),
      ),
    );
    // It is there, so it would be found: a run was started with it.
    expect(new Set(found.flat().map(({ text, path }) => `${text} in ${path}`))).toStrictEqual(
      new Set([`${given} in temporal.db`]),
    );
  });

  test('no error, progress or report of a failure names a person, an id, a token or a secret', () => {
    const needles = new Needles([...secrets, ...everybody(product), ...people, ...allIds]);
    for (const part of ['PermissionDenied', 'Next:', 'waiting_for', 'cause']) expect(told).toContain(part);
    expect(needles.in(Buffer.from(told))).toStrictEqual([]);
  });

  test('a worker with another app does not start on the store, and names both', async () => {
    const died: unknown = await product.startWorker({ FEISHU_APP_ID: 'cli_other' }).catch((error: unknown) => error);
    if (!(died instanceof ChildDiedError)) throw died;
    expect(died.message).toContain('exit code 1');
    expect(died.lastLines.join('\n')).toMatch(
      /profile default holds data of app cli_sandbox, .*configured with cli_other/,
    );
    expect(died.lastLines.join('\n')).not.toContain(SECRET);
  });

  test('what looks for them finds them however they are written', () => {
    const needles = new Needles(['欧阳思远', 'ou_0123456789abcdef', 'u-"x"/y']);
    const payloads = ['', 'a', 'ab'].map((before) => Buffer.from(`${before}欧阳思远 was here`).toString('base64'));
    for (const text of ['欧阳思远', encodeURIComponent('欧阳思远'), JSON.stringify('u-"x"/y'), ...payloads])
      expect(needles.in(Buffer.from(`x ${text} y`))).toHaveLength(1);
    expect(needles.in(Buffer.from('欧阳 思远 ou_0123456789abcdee'))).toStrictEqual([]);
  });
});

/** Every id of the tenant's people and of guests. */
function idsOfPeople({ sandbox }: Product): string[] {
  const { people, externals } = sandbox.tenant.directory;
  return [...people, ...externals].flatMap(({ ids: { open_id, union_id, user_id }, employee_id }) =>
    [open_id, union_id, user_id, employee_id].filter((id) => id !== null),
  );
}

type Meeting = Pick<
  ReturnType<Product['sandbox']['tenant']['meetings']>[number],
  'meeting_no' | 'meeting_start_time' | 'meeting_end_time'
>;

/** The key that each session of the meetings would have, of anybody with an id or a name, joined at any second. */
function everyGuess(
  { sandbox }: Product,
  { meetings, rooms }: { meetings: readonly Meeting[]; rooms: readonly string[] },
): Set<string> {
  const { people, externals } = sandbox.tenant.directory;
  const whoever: SessionId[] = [
    ...[...people, ...externals].flatMap(({ ids, employee_id, name }) => [
      ...[ids.open_id, ids.union_id, ids.user_id, employee_id].flatMap((id) => (id === null ? [] : [{ user_id: id }])),
      { participant_name: name.trim() },
    ]),
    ...rooms.map((room_id) => ({ room_id })),
    { participant_name: null },
  ];
  const guesses = new Set<string>();
  for (const { meeting_no, meeting_start_time: start, meeting_end_time: end } of meetings) {
    const meeting = meetingKey(meeting_no, start);
    for (let second = start; second <= end; second++) {
      for (const id of whoever) guesses.add(sessionKey(meeting, id, second));
    }
  }
  return guesses;
}

/** Whatever 128 bits a text has, as hex: however they are written and whatever stands around them. */
function hashesIn(text: string): string[] {
  const hex = Array.from(text.matchAll(/(?=([0-9a-f]{32}))/g), ([, found]) => found!);
  const base64 = Array.from(text.matchAll(/(?=([\w+/-]{22}))/g), ([, found]) => found!);
  return [...hex, ...base64.map((found) => Buffer.from(found, 'base64').toString('hex'))];
}

/** Names, addresses and numbers of the whole tenant, whether a run met them or not. */
function everybody({ sandbox }: Product): string[] {
  const { people, externals } = sandbox.tenant.directory;
  const texts = [...people, ...externals].flatMap(({ name, email, mobile }) => [name, email, mobile]);
  return texts.filter((text) => text !== null).map((text) => text.trim());
}

/** Paths relative to the folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

async function startWorker(product: Product): Promise<void> {
  const profiles = join(product.dir, 'profiles.json');
  const wrong = {
    FEISHU_BASE_URL: product.sandbox.url,
    FEISHU_APP_ID: 'cli_sandbox',
    FEISHU_APP_SECRET: WRONG_SECRET,
  };
  await writeFile(profiles, JSON.stringify({ wrong }));
  await product.startWorker({ FEISHU_PROFILES: profiles, LOG_LEVEL: 'debug' });
}

/** Exports of every kind, under faults. `people`: the names, addresses, numbers and topics that they met. */
async function runEverything(
  product: Product,
): Promise<{ people: string[]; rooms: string[]; given: string; told: string; days: string[]; meetings: Meeting[] }> {
  const { sandbox, client } = product;
  const { tenant, faults } = sandbox;
  const day = findDay(tenant, '2025-05-01', (all) => all.length > 2);
  const byFiles = findDay(tenant, addDays(day, 1), (all) => all.length > 2);
  const { from, to } = tenant.dayRange(day);
  const meetings = tenant.meetings(from, to);
  const others = tenant.dayRange(byFiles);
  const meeting = meetings.find((each) => !each.is_external && !each.is_webinar)!;
  const participant = tenant.participants(meeting).find((each) => each.user_ids)!;
  const meetingTimes = {
    meeting_no: meeting.meeting_no,
    meeting_start_time: String(meeting.meeting_start_time),
    meeting_end_time: String(meeting.meeting_end_time),
  };

  // Somebody whom no request names, so that nothing but the form of an id and of an address gives them away.
  const other = tenant.directory.people.find(
    ({ ids, email }) => email !== null && ids.open_id !== participant.user_ids!.open_id,
  )!;
  const saysWho = `${other.ids.open_id}, ${other.ids.union_id}, ${other.email}`;
  const told: string[] = [];

  faults.set([
    { on: 'L3', kind: 'refuse', nth: 8, code: 99992351, msg: `the id is not valid: ${saysWho}` },
    { on: 'E3', kind: 'task-fails', nth: 2, failMsg: `not found: ${saysWho}` },
    { on: 'E6', kind: 'missing-column', nth: 5 },
    { on: 'L2', kind: 'dead-token', nth: 1 },
    { on: 'L3', kind: '429', nth: [1, 3] },
    { on: 'L3', kind: '500', nth: 2 },
    { on: 'E6', kind: 'expired-file-token', nth: 1 },
    { on: 'E6', kind: 'garbage-download', nth: 3 },
    { on: 'E3', kind: 'reset-after', nth: 1 },
    { on: 'L3', kind: 'refuse', nth: 6 },
  ]);
  await exportDay(product, { day, source: 'both', room_level_id: topLevel(tenant) });
  const quality = await client.start('participantQuality', {
    meeting: meetingTimes,
    participant: { user_id: participant.user_ids!.open_id, join_time: participant.join_time },
  });
  const ofMeeting = await client.start('meetingQuality', { meeting: { meeting_no: meeting.meeting_no, day } });
  await Promise.all([quality.result(), ofMeeting.result()]);
  const plan = await client.start('backfill', { from: day, to: day, dry_run: true });
  await plan.result();

  // Participants by files, where ids are numbers of employees, and one file whose first row is a person's.
  faults.set([
    { on: 'E6', kind: 'no-header', nth: 2 },
    { on: 'E2', kind: 'task-fails', nth: 2, failMsg: `not found: ${saysWho}` },
  ]);
  const listed = await exportDay(product, { day: byFiles, listing: 'export', source: 'export' });
  told.push(JSON.stringify(listed));

  const request = { start_time: from, end_time: to };
  faults.set([{ on: 'E1', kind: 'task-fails', failMsg: `no permission: ${saysWho}` }]);
  const denied = await client.start('exportResource', { resource: 'meeting_list', request });
  const failure: unknown = await denied.result().catch((error: unknown) => error);
  expect(failure).toMatchObject({ type: 'PermissionDenied' });
  told.push(inspect(failure, { depth: 10 }));
  reportFailure(failure, { write: (text: string) => told.push(text) });
  faults.clear();
  const rejected = await client.start('exportResource', { resource: 'meeting_list', request, profile: 'wrong' });
  await until(async () => (await pendingFailures(client)).some(({ type }) => type === 'CredentialsRejected'));
  told.push(JSON.stringify(await rejected.progress()));
  await rejected.cancel();
  const cancelled: unknown = await rejected.result().catch((error: unknown) => error);
  expect(String(cancelled)).toMatch(/cancel/i);
  told.push(inspect(cancelled, { depth: 10 }));

  const all = [...meetings, ...tenant.meetings(others.from, others.to)];
  const rows = all.flatMap((each) => tenant.participants(each));
  const known = [
    ...all.flatMap((each) => [each.meeting_topic, each.organizer, each.email, each.mobile]),
    ...rows.flatMap((each) => [each.participant_name, each.email, each.phone, each.public_ip]),
    ...tenant.reservations(from, to).flatMap((each) => [each.event_title, each.reserver]),
  ];
  const texts = known.filter((text) => text !== null).map((text) => text.trim());
  // As JSON has them, and nothing so short that it stands everywhere.
  const people = [...new Set(texts.map((text) => JSON.stringify(text).slice(1, -1)))].filter((text) => text.length > 1);
  const rooms = [...new Set(rows.flatMap(({ meeting_room_id }) => meeting_room_id ?? []))];
  return {
    people,
    rooms,
    given: participant.user_ids!.open_id,
    told: told.join('\n'),
    days: [day, byFiles],
    meetings: all,
  };
}

/** The tenant token in use, and the token of every file that can still be downloaded. */
async function liveTokens({ sandbox }: Product): Promise<string[]> {
  const api = `${sandbox.url}/open-apis`;
  const login = await fetch(`${api}/auth/v3/tenant_access_token/internal`, {
    method: 'POST',
    body: JSON.stringify({ app_id: 'cli_sandbox', app_secret: SECRET }),
  });
  const { tenant_access_token: token } = (await login.json()) as { tenant_access_token: string };
  const tokens = [token];
  for (const { task_id } of sandbox.ledger.tasks) {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${api}/vc/v1/exports/${task_id}`, { headers });
    const { data } = (await answer.json()) as { data: ExportTask };
    if (data.file_token !== undefined) tokens.push(data.file_token, encodeURIComponent(data.file_token));
  }
  return tokens;
}

async function allHistories({ client }: Product): Promise<History[]> {
  const histories: History[] = [];
  const { workflow } = client.temporal;
  for await (const { workflowId, runId, type } of workflow.list()) {
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    histories.push({ workflowId, type, events: events ?? [] });
  }
  return histories;
}

/** Every text in a history, payloads decoded. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

async function textOfFile(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (path.endsWith('.gz')) return gunzipSync(bytes).toString('utf8');
  if (path.endsWith('.xlsx')) return (await readableCells(bytes)).flat().join('\n');
  if (!path.endsWith('.parquet')) return bytes.toString('utf8');
  const rows: string[] = [];
  for await (const row of readParquet(path)) rows.push(JSON.stringify(row));
  return rows.join('\n');
}

/** A damaged file has no cells; its bytes are looked at as they are. */
async function readableCells(bytes: Buffer): Promise<string[][]> {
  try {
    return await cellsOf(bytes);
  } catch {
    return [[bytes.toString('latin1')]];
  }
}
