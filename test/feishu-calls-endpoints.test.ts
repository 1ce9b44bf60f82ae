import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { errorOf, sendJson, serve } from './support/feishu-server.ts';
import type { Behave, FeishuServer } from './support/feishu-server.ts';
import { givenSecret, OAuthClient } from '../feishu/index.ts';
import type { CallOptions, FeishuClient } from '../feishu/index.ts';

let server: FeishuServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const call: CallOptions = { token: 't-0123456789abcdef' };

async function client(behave: Behave): Promise<FeishuClient> {
  server = await serve(behave);
  return server.client;
}
function answering(data: unknown): Behave {
  return (response) => sendJson(response, { code: 0, msg: 'success', data });
}

describe('an export', () => {
  it('is created with the documented body, query and headers', async () => {
    const c = await client(answering({ task_id: '7111325589855797267' }));
    const body = { start_time: '1655276858', end_time: '1655276958', meeting_status: 2 };
    expect(await c.createExport('meeting_list', body, { user_id_type: 'union_id' }, call)).toEqual({
      task_id: '7111325589855797267',
    });
    expect(server?.received).toMatchObject([
      { method: 'POST', url: '/open-apis/vc/v1/exports/meeting_list?user_id_type=union_id' },
    ]);
    const [seen] = server?.received ?? [];
    expect(JSON.parse(seen?.body ?? '')).toEqual(body);
    expect(seen?.headers.authorization).toBe('Bearer t-0123456789abcdef');
    expect(seen?.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('of reservations is created without a query', async () => {
    const c = await client(answering({ task_id: '1' }));
    await c.createExport('resource_reservation_list', { room_level_id: 'omb_1' }, { user_id_type: 'user_id' }, call);
    expect(server?.received[0]?.url).toBe('/open-apis/vc/v1/exports/resource_reservation_list');
  });

  it('takes a task id that is a small integer and refuses one whose digits are lost', async () => {
    const c = await client((response, request) => {
      const taskId = request.url.includes('/meeting_list') ? '711132' : '7111325589855797267';
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"code":0,"data":{"task_id":${taskId}}}`);
    });
    expect(await c.createExport('meeting_list', {}, {}, call)).toEqual({ task_id: '711132' });
    const error = await errorOf(c.createExport('participant_list', {}, {}, call));
    expect(error).toMatchObject({ kind: 'contract', code: 'UNEXPECTED_SHAPE', status: 200, answered: true });
    expect(error.message).toContain('data.task_id');
    expect(error.message).not.toContain('711132558');
  });

  it('is asked for under its percent-encoded id', async () => {
    const c = await client(answering({ status: 3, file_token: 'abc==', fail_msg: 'no permission', extra: 1 }));
    expect(await c.getExport('12/3?', call)).toMatchObject({ status: 3, file_token: 'abc==', extra: 1 });
    expect(server?.received).toMatchObject([{ method: 'GET', url: '/open-apis/vc/v1/exports/12%2F3%3F' }]);
  });

  it.each([
    [{ status: 4 }, 'data.status'],
    [{}, 'data.status'],
    [{ status: 3 }, 'data.file_token: missing although status is 3'],
    [{ status: 2, fail_msg: 5 }, 'data.fail_msg'],
    [undefined, 'data: '],
  ])('whose state is %j is refused by field', async (data, expected) => {
    const c = await client(answering(data));
    const error = await errorOf(c.getExport('1', call));
    expect(error.kind).toBe('contract');
    expect(error.message).toContain(expected);
  });
});

describe('a list', () => {
  it('repeats the key of an array parameter, keeps false and leaves out what is undefined', async () => {
    const c = await client(answering({}));
    const query = {
      room_ids: ['omm_a', 'omm b&c'],
      is_exclude: false,
      page_size: 100,
      page_token: undefined,
      start_time: '1',
    };
    await c.list('resource_reservation_list', query, call);
    expect(server?.received[0]?.url).toBe(
      '/open-apis/vc/v1/resource_reservation_list?room_ids=omm_a&room_ids=omm%20b%26c&is_exclude=false&page_size=100&start_time=1',
    );
  });

  it('gives the rows with fields that nobody documented, and the body as it was received', async () => {
    const text =
      '{"code":0,"data":{"meeting_list":[{"meeting_id":123456789,"meeting_topic":"周会 🙂","number_of_participants":"3","email":null,"new_field":{"a":1}}],"has_more":true,"page_token":"20"}}';
    const c = await client((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text);
    });
    const { page, raw } = await c.list('meeting_list', {}, call);
    expect(page).toEqual({
      meeting_list: [
        { meeting_id: '123456789', meeting_topic: '周会 🙂', number_of_participants: '3', new_field: { a: 1 } },
      ],
      has_more: true,
      page_token: '20',
    });
    expect(Buffer.from(raw).toString('utf8')).toBe(text);
  });

  it('without data is a page without rows', async () => {
    const c = await client((response) => sendJson(response, { code: 0, msg: 'success' }));
    expect((await c.list('participant_list', {}, call)).page).toEqual({});
  });

  it.each([
    [{ has_more: true }, 'data.page_token: missing although has_more is true'],
    [{ has_more: true, page_token: '' }, 'data.page_token'],
    [{ has_more: 'yes' }, 'data.has_more'],
    [{ participants: {} }, 'data.participants'],
    [{ participants: [{}, { audio: 'no', user_id: true }] }, 'data.participants[1].audio'],
    [{ participants: [{}, { audio: 'no', user_id: true }] }, 'data.participants[1].user_id'],
    [{ participants: [null] }, 'data.participants[0]'],
  ])('that answers %j is refused by field', async (data, expected) => {
    const c = await client(answering(data));
    const error = await errorOf(c.list('participant_list', {}, call));
    expect(error.kind).toBe('contract');
    expect(error.message).toContain(expected);
  });

  it('of minutes may have bare numbers for values, whose unit the field says', async () => {
    const audio = { time: '2022.12.23 11:16:00 (GMT+08:00)', bitrate_received: 50, speaker_volume: -6.5 };
    const c = await client(answering({ participant_quality_list: [{ audio }] }));
    const { page } = await c.list('participant_quality_list', {}, call);
    expect(page.participant_quality_list?.[0]?.audio).toMatchObject({ bitrate_received: '50', speaker_volume: '-6.5' });
  });

  it('of each kind and of rooms goes to its own path', async () => {
    const c = await client(answering({}));
    await c.list('meeting_list', {}, call);
    await c.list('participant_list', {}, call);
    await c.list('participant_quality_list', {}, call);
    await c.list('resource_reservation_list', {}, call);
    await c.listRoomLevels({ page_size: 10 }, call);
    await c.listRooms({ room_level_id: 'omb_1' }, call);
    expect(server?.received.map((r) => r.url.replace('/open-apis/vc/v1', ''))).toEqual([
      '/meeting_list',
      '/participant_list',
      '/participant_quality_list',
      '/resource_reservation_list',
      '/room_levels?page_size=10',
      '/rooms?room_level_id=omb_1',
    ]);
  });

  it('stops reading a body over the limit', async () => {
    server = await serve((response) => sendJson(response, { code: 0, data: { x: 'y'.repeat(5000) } }), {
      maxJsonBytes: 1000,
    });
    expect(await errorOf(server.client.list('meeting_list', {}, call))).toMatchObject({ code: 'ANSWER_TOO_LARGE' });
  });
});

describe('the reason of a failed task', () => {
  const ESCAPES = '\u001b]52;c;ZWNobw==\u0007\u001b[2J\u202e';

  it('comes as one short line without control characters, bidi marks and tokens', async () => {
    const fail_msg = `quota of ${call.token} used up\n${ESCAPES}${'x'.repeat(1_000_000)}`;
    const c = await client(answering({ status: 2, fail_msg }));
    const task = await c.getExport('7111325589855797267', call);
    expect(task.fail_msg).toMatch(/^quota of \[hidden\] used up \]52;c;ZWNobw== \[2J x+…$/);
    expect(task.fail_msg?.length).toBeLessThan(400);
  });
});

describe('an id that no history takes', () => {
  it.each([
    ['of a task', (c: FeishuClient) => c.createExport('meeting_list', {}, {}, call), 'data.task_id'],
    ['of a file', (c: FeishuClient) => c.getExport('1', call), 'data.file_token'],
  ])('%s is no documented answer', async (_what, ask, field) => {
    const long = '7'.repeat(1_500_000);
    const error = await errorOf(ask(await client(answering({ task_id: long, status: 3, file_token: long }))));
    expect(error).toMatchObject({ kind: 'contract', code: 'UNEXPECTED_SHAPE' });
    expect(error.message).toContain(field);
    expect(error.message.length).toBeLessThan(500);
  });
});

const deep = (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  response.end(`{"code":0,"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
};

describe('an answer that is nested without an end', () => {
  const tooDeep = { name: 'FeishuError', kind: 'contract', code: 'ANSWER_TOO_DEEP', sent: true, answered: true };

  it('fails a list, a file and a token as any other that is not documented', async () => {
    const c = await client(deep);
    expect(await errorOf(c.list('participant_quality_list', {}, call))).toMatchObject(tooDeep);
    expect(await errorOf(c.downloadExport('boxcn', call))).toMatchObject(tooDeep);
    expect(await errorOf(c.tenantAccessToken('cli_a', 'secret'))).toMatchObject(tooDeep);
  });

  it('fails the token of a user in the same way', async () => {
    server = await serve(deep);
    const o = { baseUrl: server.url, accountsUrl: server.url, version: 'v3', appId: 'cli_a' } as const;
    const oauth = new OAuthClient({ ...o, secret: givenSecret('FEISHU_APP_SECRET', 'secret') });
    expect(await errorOf(oauth.refresh('r-1', 'v3'))).toMatchObject(tooDeep);
    await oauth.close();
  });
});

describe('a call', () => {
  it('keeps the path prefix of the base URL', async () => {
    server = await serve(answering({}));
    const { FeishuClient: Client } = await import('../feishu/index.ts');
    const c = new Client({ baseUrl: `${server.url}/proxy/` });
    await c.listRooms({}, call);
    await c.close();
    expect(server.received[0]?.url).toBe('/proxy/open-apis/vc/v1/rooms');
  });

  it('reports its request and the headers of the answer as they happen, whatever the status', async () => {
    const events: unknown[] = [];
    const c = await client((response) => {
      response.writeHead(429, { 'content-type': 'application/json', 'x-tt-logid': '20260501A' });
      response.flushHeaders();
      setTimeout(() => {
        events.push('body ends');
        response.end('{"code":99991400}');
      }, 50);
    });
    const onSent = (): void => void events.push('sent');
    const onAnswer = (answer: unknown): void => void events.push(answer);
    await errorOf(c.list('meeting_list', {}, { ...call, onSent, onAnswer }));
    expect(events).toEqual(['sent', { status: 429, logId: '20260501A' }, 'body ends']);
  });

  it('fetches a tenant token without an authorization header', async () => {
    const c = await client((response) =>
      sendJson(response, { code: 0, msg: 'ok', tenant_access_token: 't-abc', expire: 7140 }),
    );
    expect(await c.tenantAccessToken('cli_a', 'secret')).toEqual({ token: 't-abc', expireS: 7140 });
    const [seen] = server?.received ?? [];
    expect(seen?.url).toBe('/open-apis/auth/v3/tenant_access_token/internal');
    expect(seen?.headers.authorization).toBeUndefined();
    expect(JSON.parse(seen?.body ?? '')).toEqual({ app_id: 'cli_a', app_secret: 'secret' });
  });

  it('is refused before it is sent when its token cannot stand in a header', async () => {
    const c = await client(answering({}));
    for (const token of ['', 'u-abc\n', 'u-ä']) {
      const error = await errorOf(c.listRooms({}, { token }));
      expect(error).toMatchObject({ kind: 'credentials', code: 'TOKEN_MALFORMED', sent: false, answered: false });
    }
    expect(server?.received).toEqual([]);
  });
});

describe('the message of an error', () => {
  it('names the call, the answer, the log id and the missing scopes', async () => {
    const c = await client((response) =>
      sendJson(
        response,
        {
          code: 99991672,
          msg: 'Access denied. One of the following scopes is required',
          error: {
            log_id: '2025LOG',
            permission_violations: [
              { type: 'action_scope_required', subject: 'vc:export' },
              { type: 'action_scope_required', subject: 'vc:meeting:export' },
            ],
          },
        },
        { status: 400 },
      ),
    );
    const error = await errorOf(c.createExport('meeting_list', {}, {}, call));
    expect(error).toMatchObject({
      kind: 'permission',
      code: 'SCOPE_MISSING',
      method: 'POST',
      path: '/open-apis/vc/v1/exports/meeting_list',
      status: 400,
      feishuCode: 99991672,
      logId: '2025LOG',
      sent: true,
      answered: true,
    });
    expect(error.message).toBe(
      'POST /open-apis/vc/v1/exports/meeting_list: HTTP 400, Feishu code 99991672 ' +
        '"Access denied. One of the following scopes is required", log id 2025LOG. ' +
        'Add one of the scopes vc:export, vc:meeting:export to the app in the developer console and publish a new version of it.',
    );
  });

  it('names the fields that Feishu refuses, without their values', async () => {
    const c = await client((response) =>
      sendJson(
        response,
        {
          code: 99992402,
          msg: 'field validation failed',
          error: {
            field_violations: [{ field: 'page_size', value: '19', description: 'the min value is 20' }],
          },
        },
        { status: 400, headers: { 'x-request-id': 'req-1' } },
      ),
    );
    const error = await errorOf(c.list('meeting_list', { page_size: 19 }, call));
    expect(error.message).toContain('(page_size: the min value is 20)');
    expect(error).toMatchObject({ kind: 'bad_request', logId: 'req-1' });
  });

  it('says how long to wait, and which right is missing', async () => {
    const c = await client((response, request) => {
      if (request.url.includes('rooms')) sendJson(response, { code: 121005, msg: 'no permission' }, { status: 404 });
      else sendJson(response, { code: 99991400 }, { status: 400, headers: { 'x-ogw-ratelimit-reset': '2.5' } });
    });
    const throttled = await errorOf(c.list('meeting_list', {}, call));
    expect(throttled).toMatchObject({ kind: 'throttled', retryAfterMs: 2500 });
    expect(throttled.advice).toBe('Wait 2.5 s, then call again.');
    const refused = await errorOf(c.listRooms({}, call));
    expect(refused.kind).toBe('permission');
    expect(refused.advice).toContain('Meeting management');
    expect(refused.advice).toContain("app's creator");
  });
});
