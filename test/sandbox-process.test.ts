import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createTenant } from '../sandbox/tenant.ts';
import { resolveOptions } from '../sandbox/options.ts';
import { DAY, openSandbox } from './support/sandbox-client.ts';
import type { Json } from './support/sandbox-client.ts';

const MAIN = fileURLToPath(new URL('../sandbox/main.ts', import.meta.url));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function start(...flags: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  return child;
}

async function urlOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no output to read');
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line');
  return /http:\/\/\S+/.exec(String(line))?.[0] ?? '';
}

test('The process prints its URL, serves the tenant of its flags, and ends on SIGTERM', async () => {
  const fault = '{"on":"L1","kind":"500","times":1}';
  const flags = `--seed process --meetings-per-day 7 --now 2026-11-04T20:00:00+08:00 --rate-limit off --app cli_x:secret
    --task-delay 0 --no-long-meetings --fault ${fault}`;
  const child = start(...flags.split(/\s+/));
  const url = await urlOf(child);
  const json = async (path: string, init?: RequestInit): Promise<Json> => (await fetch(url + path, init)).json();

  expect(await json('/_sandbox/health')).toEqual({ ok: true });
  const { tenant_access_token: token } = await json('/open-apis/auth/v3/tenant_access_token/internal', {
    method: 'POST',
    body: JSON.stringify({ app_id: 'cli_x', app_secret: 'secret' }),
  });
  const tenant = createTenant(resolveOptions({ seed: 'process', meetingsPerDay: 7, longMeetings: false }));
  const { from, to } = tenant.dayRange(DAY);
  const query = `start_time=${from}&end_time=${to}&page_size=100&include_external_meetings=true&include_webinar=true`;
  const list = (): Promise<Json> =>
    json(`/open-apis/vc/v1/meeting_list?${query}`, { headers: { authorization: `Bearer ${token}` } });
  expect((await list()).code).toBe(121001);
  expect((await list()).data.meeting_list).toHaveLength(tenant.meetingsTouching(from, to).length);
  expect((await json(`/_sandbox/tenant/meetings?day=${DAY}`)).meetings).toEqual(tenant.meetings(from, to));

  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('Wrong flags end the process with a reason', async () => {
  const child = start('--rate-limit', 'sometimes');
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = await once(child, 'exit');
  expect(code).not.toBe(0);
  expect(text).toContain('100/60s');
});

test('Other processes read ledger, tasks and truth, and change faults and tenant, over HTTP', async () => {
  const client = await openSandbox();
  const { tenant } = client.sandbox;
  const { from, to } = tenant.dayRange(DAY);
  await client.post('exports/meeting_list', { start_time: String(from), end_time: String(to) });

  const { calls } = (await client.control('GET', 'ledger')).json;
  expect(calls.map((call: Json) => [call.seq, call.endpoint, call.app, call.code])).toEqual([
    [0, 'A1', 'cli_sandbox', 0],
    [1, 'E1', 'cli_sandbox', 0],
  ]);
  expect(JSON.stringify(calls)).not.toContain('sandbox-secret');
  expect(JSON.stringify(calls)).not.toContain(client.token);
  expect((await client.control('GET', 'ledger?since=1')).json.calls).toHaveLength(1);
  expect((await client.control('GET', 'tasks')).json.tasks[0]).toMatchObject({ resource: 'meeting_list', status: 3 });

  await client.control('POST', 'faults', { rules: [{ on: 'all', kind: '500' }] });
  expect((await client.get('rooms')).status).toBe(500);
  expect((await client.control('POST', 'faults', { rules: [{ on: 'all', kind: 'nonsense' }] })).status).toBe(400);
  expect((await client.control('GET', 'faults')).json.rules).toMatchObject([{ kind: '500', fired: 1 }]);
  await client.control('POST', 'faults', { rules: [] });
  expect((await client.get('rooms')).status).toBe(200);

  const before = tenant.meetings(from, to);
  const participants = (await client.control('GET', `tenant/participants?day=${DAY}`)).json.participants;
  expect(participants).toHaveLength(before.flatMap((meeting) => tenant.participants(meeting)).length);
  const one = before.find((meeting) => tenant.participants(meeting).some((row) => row.user_ids));
  const path = `tenant/quality?day=${DAY}&meeting_instance_id=${one?.meeting_instance_id}`;
  const { minutes } = (await client.control('GET', path)).json;
  expect(minutes.length).toBeGreaterThan(0);
  expect(minutes[0].meeting_no).toBe(one?.meeting_no);
  const { reservations } = (await client.control('GET', `tenant/reservations?from=${from}&to=${to}`)).json;
  expect(reservations).toEqual(tenant.reservations(from, to));
  expect((await client.control('GET', 'tenant/directory')).json.rooms).toHaveLength(12);

  await client.control('POST', 'tenant', { change: { day: DAY } });
  expect(tenant.meetings(from, to)).toHaveLength(before.length - 1);
  await client.control('POST', 'tenant', { forget: { dataset: 'meetings', day: DAY } });
  expect(tenant.meetings(from, to)).toEqual([]);
  await client.control('POST', 'tenant', { remember: { dataset: 'meetings', day: DAY } });
  expect(tenant.meetings(from, to)).toHaveLength(before.length - 1);
  expect((await client.control('POST', 'tenant', { forget: { dataset: 'tapes', day: DAY } })).status).toBe(400);
  expect((await client.control('GET', 'tenant/meetings?day=tomorrow')).status).toBe(400);
  expect((await client.control('GET', 'nothing')).status).toBe(404);
  await client.sandbox.close();
});

test('Options that make no sandbox are refused', () => {
  expect(() => resolveOptions({ rateLimit: 'fast' })).toThrow('100/60s');
  expect(() => resolveOptions({ taskDelayMs: [5, 1] })).toThrow('taskDelayMs');
  expect(() => resolveOptions({ meetingsPerDay: -1 })).toThrow('meetingsPerDay');
  expect(() => resolveOptions({ apps: [] })).toThrow('apps');
});
