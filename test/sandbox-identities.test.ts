import { expect, test } from 'vitest';
import { ALL_SCOPES } from '../sandbox/index.ts';
import { DAY, first, openSandbox, SECRET, sessionQuery, sessionsOf, TOKEN_PATH } from './support/sandbox-client.ts';
import type { TestClient } from './support/sandbox-client.ts';

const MINUTE_MS = 60_000;
const window = (client: TestClient): Record<string, string> => {
  const { from, to } = client.sandbox.tenant.dayRange(DAY);
  return { start_time: String(from), end_time: String(to) };
};

test('A token is handed out again until 30 minutes are left; then two are valid at once', async () => {
  const client = await openSandbox();
  const old = client.token;
  client.advance(89 * MINUTE_MS);
  const again = await client.call('POST', TOKEN_PATH, { body: SECRET });
  expect(again.json).toMatchObject({ code: 0, msg: 'ok', tenant_access_token: old, expire: 31 * 60 });
  client.advance(2 * MINUTE_MS);
  const fresh = await client.call('POST', TOKEN_PATH, { body: SECRET });
  expect(fresh.json.expire).toBe(7200);
  expect(fresh.json.tenant_access_token).not.toBe(old);
  expect((await client.get('meeting_list', window(client))).json.code).toBe(0);
  client.advance(30 * MINUTE_MS);
  const dead = await client.get('meeting_list', window(client));
  expect([dead.status, dead.json.code]).toEqual([400, 99991663]);
  client.token = fresh.json.tenant_access_token;
  expect((await client.get('meeting_list', window(client))).json.code).toBe(0);
  await client.sandbox.close();
});

test('Failed log-ins come with HTTP 200', async () => {
  const client = await openSandbox();
  for (const [body, code] of [
    [{ ...SECRET, app_secret: 'wrong' }, 10014],
    [{ ...SECRET, app_id: 'cli_other' }, 10014],
    [{ app_id: 'cli_sandbox' }, 10003],
    ['text', 10003],
  ]) {
    const reply = await client.call('POST', TOKEN_PATH, { body });
    expect([reply.status, reply.json.code]).toEqual([200, code]);
  }
  await client.sandbox.close();
});

test('A missing, malformed or unknown token is told apart', async () => {
  const client = await openSandbox({
    userTokens: [
      { token: 'u-good', user: 'anna' },
      { token: 'u-old', user: 'bert', expiresAtMs: 1 },
    ],
  });
  const codeOf = async (authorization?: string): Promise<number[]> => {
    const reply = await client.call('GET', `/open-apis/vc/v1/exports/7000000000000000000`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    return [reply.status, reply.json.code];
  };
  expect(await codeOf()).toEqual([400, 99991661]);
  expect(await codeOf(client.token)).toEqual([400, 99991661]);
  expect(await codeOf('Bearer hello')).toEqual([400, 99991671]);
  expect(await codeOf('Bearer t-unknown')).toEqual([400, 99991663]);
  expect(await codeOf('Bearer eyJhbGciOi')).toEqual([400, 99991663]);
  expect(await codeOf('Bearer u-unknown')).toEqual([400, 99991668]);
  expect(await codeOf('Bearer u-old')).toEqual([401, 99991677]);
  expect(await codeOf('Bearer u-good')).toEqual([404, 121004]);
  await client.sandbox.close();
});

test('Scopes come before parameters, and name what is missing', async () => {
  const apps = [
    { app_id: 'cli_none', app_secret: 's', scopes: [] },
    { app_id: 'cli_export', app_secret: 's', scopes: ['vc:meeting:export'] },
  ];
  const client = await openSandbox({ apps, userTokens: [{ token: 'u-x', user: 'x', app_id: 'cli_none' }] });
  client.token = await client.login(apps[0]);
  const refused = await client.post('exports/meeting_list', {});
  expect([refused.status, refused.json.code]).toEqual([400, 99991672]);
  expect(refused.json.error.permission_violations).toContainEqual({
    type: 'action_scope_required',
    subject: 'vc:export',
  });
  client.token = await client.login(apps[1]);
  expect((await client.post('exports/meeting_list', {})).json.code).toBe(99992402);
  expect((await client.get('meeting_list', {})).json.code).toBe(99991672);
  const byUserId = await client.post('exports/meeting_list', window(client), { user_id_type: 'user_id' });
  expect(byUserId.json.error.permission_violations[0].type).toBe('field_scope_required');
  // Without the field scope the file has no user ids.
  const [, ...rows] = await client.exported('meeting_list', window(client));
  expect(new Set(rows.map((row) => row[4]))).toEqual(new Set(['-']));
  client.token = 'u-x';
  expect((await client.get('meeting_list', window(client))).json.code).toBe(99991679);
  await client.sandbox.close();
});

test('The Meeting management right is needed for exports and lists, not for rooms', async () => {
  const client = await openSandbox({ apps: [{ ...SECRET, creatorHasRight: false }] });
  expect((await client.post('exports/meeting_list', window(client))).status).toBe(403);
  expect((await client.get('meeting_list', window(client))).json.code).toBe(121005);
  expect((await client.get('rooms')).json.code).toBe(0);
  await client.sandbox.close();
});

test('A task and its file belong to the identity that created it', async () => {
  const other = { app_id: 'cli_other', app_secret: 'other' };
  const client = await openSandbox({ apps: [SECRET, other], userTokens: [{ token: 'u-a', user: 'anna' }] });
  const created = await client.post('exports/meeting_list', window(client));
  const taskId: string = created.json.data.task_id;
  const fileToken: string = (await client.get(`exports/${taskId}`)).json.data.file_token;
  for (const token of [await client.login(other), 'u-a']) {
    client.token = token;
    for (const reply of [
      await client.get(`exports/${taskId}`),
      await client.get('exports/download', { file_token: fileToken }),
    ]) {
      expect([reply.status, reply.json.code]).toEqual([403, 121005]);
    }
  }
  expect((await client.get('rooms')).json.code).toBe(99991668);
  expect((await client.post('exports/meeting_list', window(client))).json.code).toBe(0);
  await client.sandbox.close();
});

test('Ids come in the kind that is asked for, and are accepted in that kind', async () => {
  const client = await openSandbox();
  const session = first(sessionsOf(client).filter(({ participant }) => participant.user_ids));
  for (const kind of ['open_id', 'union_id', 'user_id'] as const) {
    const id = session.participant.user_ids?.[kind] ?? '';
    const query = { ...sessionQuery(session), user_id: id, user_id_type: kind };
    const listed = await client.get('participant_list', { ...query, join_time: '' });
    expect(new Set(listed.json.data.participants.map((row: { user_id: string }) => row.user_id))).toEqual(
      new Set([id]),
    );
    expect((await client.get('participant_quality_list', query)).json.code).toBe(0);
    const { user_id_type, ...body } = query;
    expect((await client.exported('participant_quality_list', body, { user_id_type }))[0]).toHaveLength(35);
  }
  expect(ALL_SCOPES).toContain('contact:user.employee_id:readonly');
  await client.sandbox.close();
});

test('Tasks process for a while, are forgotten after a time, and their file tokens earlier', async () => {
  const client = await openSandbox({ taskDelayMs: [5000, 9000], fileTtlMs: 60_000, taskTtlMs: 600_000 });
  const { json: one } = await client.post('exports/meeting_list', window(client));
  const { json: two } = await client.post('exports/meeting_list', window(client));
  const taskId: string = one.data.task_id;
  expect(taskId).toMatch(/^\d{19}$/);
  expect(two.data.task_id).not.toBe(taskId);
  client.advance(4999);
  expect((await client.get(`exports/${taskId}`)).json.data).toEqual({ status: 1 });
  client.advance(4001);
  const done = await client.get(`exports/${taskId}`);
  expect(done.json.data).toMatchObject({ status: 3, file_token: expect.stringMatching(/\+\/.*=$/) });
  const fileToken: string = done.json.data.file_token;
  const file = await client.get('exports/download', { file_token: fileToken });
  const again = await client.get('exports/download', { file_token: fileToken });
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename="meeting_list_${taskId}.xlsx"`);
  expect(again.bytes.equals(file.bytes)).toBe(true);
  client.advance(60_000);
  expect((await client.get('exports/download', { file_token: fileToken })).json.code).toBe(121004);
  const renewed = (await client.get(`exports/${taskId}`)).json.data.file_token;
  expect(renewed).not.toBe(fileToken);
  expect((await client.get('exports/download', { file_token: renewed })).bytes.equals(file.bytes)).toBe(true);
  client.advance(600_000);
  expect((await client.get(`exports/${taskId}`)).json.code).toBe(121004);
  const { tasks } = client.sandbox.ledger;
  expect(tasks.map((task) => [task.task_id, task.resource, task.downloads, task.owner])).toEqual([
    [taskId, 'meeting_list', 3, 'app:cli_sandbox'],
    [two.data.task_id, 'meeting_list', 0, 'app:cli_sandbox'],
  ]);
  await client.sandbox.close();
});
