import exceljs from 'exceljs';
import { startSandbox } from '../../sandbox/index.ts';
import type { Sandbox, SandboxOptions, TrueMeeting, TrueParticipant } from '../../sandbox/index.ts';

/** A Wednesday evening; the day before is whole and over. */
export const NOW_MS = Date.parse('2026-11-04T20:00:00+08:00');
export const DAY = '2026-11-03';
export const SECRET = { app_id: 'cli_sandbox', app_secret: 'sandbox-secret' };
export const TOKEN_PATH = '/open-apis/auth/v3/tenant_access_token/internal';

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
export type Json = any;

export interface Reply {
  status: number;
  headers: Headers;
  bytes: Buffer;
  json: Json;
}

export interface TestClient {
  sandbox: Sandbox;
  token: string;
  /** Advances the sandbox's clock. */
  advance(ms: number): void;
  call(
    method: string,
    path: string,
    input?: { body?: unknown; token?: string; headers?: Record<string, string> },
  ): Promise<Reply>;
  /** `/open-apis/vc/v1/…` with the tenant token. */
  get(path: string, query?: Record<string, string | string[]>): Promise<Reply>;
  post(path: string, body: unknown, query?: Record<string, string>): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Create, poll until it ends, download. */
  exported(resource: string, body: unknown, query?: Record<string, string>): Promise<string[][]>;
  login(secret?: unknown): Promise<string>;
}

const VC = '/open-apis/vc/v1/';

/** A sandbox with a clock that only the test moves, and a client with a token. */
export async function openSandbox(options: SandboxOptions = {}): Promise<TestClient> {
  let nowMs = NOW_MS;
  const sandbox = await startSandbox({ nowMs: () => nowMs, taskDelayMs: [0, 0], rateLimit: 'off', ...options });
  const call: TestClient['call'] = async (method, path, { body, token, headers } = {}) => {
    const response = await fetch(sandbox.url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: isJson ? JSON.parse(bytes.toString()) : undefined,
    };
  };
  const login: TestClient['login'] = async (secret = SECRET) =>
    (await call('POST', TOKEN_PATH, { body: secret })).json.tenant_access_token;
  const client: TestClient = {
    sandbox,
    token: '',
    advance: (ms) => void (nowMs += ms),
    call,
    login,
    get: (path, query = {}) => call('GET', `${VC}${path}${search(query)}`, { token: client.token }),
    post: (path, body, query = {}) => call('POST', `${VC}${path}${search(query)}`, { token: client.token, body }),
    control: (method, path, body) => call(method, `/_sandbox/${path}`, { body }),
    exported: async (resource, body, query) => {
      const created = await client.post(`exports/${resource}`, body, query);
      if (created.json.code !== 0) throw new Error(JSON.stringify(created.json));
      const task = await client.get(`exports/${created.json.data.task_id}`);
      const file = await client.get('exports/download', { file_token: task.json.data.file_token });
      return cellsOf(file.bytes);
    },
  };
  client.token = await login();
  return client;
}

function search(query: Record<string, string | string[]>): string {
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) params.append(name, value);
  return params.size > 0 ? `?${params.toString()}` : '';
}

/** All cells of the only sheet, as text. */
export async function cellsOf(bytes: Buffer): Promise<string[][]> {
  const workbook = new exceljs.Workbook();
  await workbook.xlsx.load(Uint8Array.from(bytes).buffer);
  const rows: string[][] = [];
  workbook.worksheets[0]?.eachRow({ includeEmpty: true }, (row) => {
    const values: unknown[] = Array.isArray(row.values) ? row.values.slice(1) : [];
    rows.push(values.map((value) => (typeof value === 'string' ? value : `not text: ${JSON.stringify(value)}`)));
  });
  return rows;
}

export function meetingsOf(client: Pick<TestClient, 'sandbox'>, day = DAY): TrueMeeting[] {
  const { from, to } = client.sandbox.tenant.dayRange(day);
  return client.sandbox.tenant.meetings(from, to);
}

export interface Session {
  meeting: TrueMeeting;
  participant: TrueParticipant;
}

/** Sessions of the day's internal meetings of up to a day that Feishu can be asked about. */
export function sessionsOf(client: Pick<TestClient, 'sandbox'>, day = DAY): Session[] {
  return meetingsOf(client, day)
    .filter((meeting) => !meeting.is_external && !meeting.is_webinar && meeting.meeting_duration_s < 86_400)
    .flatMap((meeting) =>
      client.sandbox.tenant
        .participants(meeting)
        .filter((participant) => participant.user_ids ?? participant.meeting_room_id)
        .map((participant) => ({ meeting, participant })),
    );
}

export function sessionQuery({ meeting, participant }: Session): Record<string, string> {
  return {
    ...meetingQuery(meeting),
    join_time: String(participant.join_time),
    ...(participant.user_ids
      ? { user_id: participant.user_ids.open_id }
      : { room_id: participant.meeting_room_id ?? '' }),
  };
}

export function meetingQuery(meeting: TrueMeeting): Record<string, string> {
  return {
    meeting_no: meeting.meeting_no,
    meeting_start_time: String(meeting.meeting_start_time),
    meeting_end_time: String(meeting.meeting_end_time),
  };
}

/** The first item, which a test cannot do without. */
export function first<T>(items: readonly T[]): T {
  const item = items[0];
  if (item === undefined) throw new Error('expected at least one item');
  return item;
}
