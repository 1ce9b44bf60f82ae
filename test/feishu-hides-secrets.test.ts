import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { FeishuClient, FeishuError } from '../feishu/index.ts';
import { safeCause, redactorFor } from '../feishu/redact.ts';
import { errorOf, sendJson, serve } from './support/feishu-server.ts';
import type { Behave, FeishuServer } from './support/feishu-server.ts';

let server: FeishuServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const TOKEN = 'u-hN5zJ0s3kEcret.token';
const SECRETS = [
  TOKEN,
  'Sup3rAppSecret',
  'file/token+Q==',
  'page:token:7',
  'ou_private_user',
  '123456789',
  '1655276858',
];

/** All that a log, a history or a person could get to see of an error. */
function everythingIn(error: FeishuError): string {
  const chain: unknown[] = [error];
  for (let at: unknown = error; at instanceof Error && at.cause !== undefined; at = at.cause) chain.push(at.cause);
  const stacks = chain.map((item) => (item instanceof Error ? `${item.message} ${item.stack}` : String(item)));
  return [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), ...stacks].join('\n');
}
function secretsShownBy(error: FeishuError): string[] {
  const seen = everythingIn(error);
  return SECRETS.filter((secret) =>
    [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].some((text) => seen.includes(text)),
  );
}
async function errorsOfAllCalls(c: FeishuClient): Promise<FeishuError[]> {
  const call = { token: TOKEN };
  const meeting = { meeting_no: '123456789', meeting_start_time: '1655276858', user_id: 'ou_private_user' };
  return [
    await errorOf(c.createExport('participant_quality_list', meeting, { user_id_type: 'open_id' }, call)),
    await errorOf(c.getExport('123456789', call)),
    await errorOf(c.downloadExport('file/token+Q==', call)),
    await errorOf(c.list('participant_quality_list', { ...meeting, page_token: 'page:token:7' }, call)),
    await errorOf(c.listRooms({ page_token: 'page:token:7' }, call)),
    await errorOf(c.tenantAccessToken('123456789', 'Sup3rAppSecret')),
  ];
}

function echo(request: { url: string; headers: { authorization?: string | undefined }; body: string }): string {
  return `refused ${request.headers.authorization ?? ''} ${request.url} ${decodeURIComponent(request.url)} ${request.body}`;
}

describe('no error shows a token, a secret or a value of the request', () => {
  const behaviours: [string, Behave][] = [
    ['when Feishu echoes the request in msg', (r, q) => sendJson(r, { code: 121003, msg: echo(q) }, { status: 400 })],
    [
      'when Feishu echoes it in field violations, scopes and the log id',
      (r, q) => {
        const description = echo(q);
        const error = {
          log_id: TOKEN,
          field_violations: [{ field: description, value: q.body, description }],
          permission_violations: [{ subject: description }],
          message: description,
          troubleshooter: description,
        };
        sendJson(r, { code: 99991672, msg: 'x', error }, { status: 400, headers: { 'x-tt-logid': TOKEN } });
      },
    ],
    [
      'when a gateway echoes it in a page',
      (r, q) => {
        r.writeHead(502, { 'content-type': 'text/html' });
        r.end(`<html>${echo(q)}</html>`);
      },
    ],
    [
      'when a success has another shape, or JSON breaks off',
      (r, q) => {
        const text = JSON.stringify({ code: 0, data: { task_id: [echo(q)], status: echo(q), has_more: echo(q) } });
        r.writeHead(200, { 'content-type': 'application/json' });
        r.end(q.method === 'POST' ? text : text.slice(0, -1));
      },
    ],
    [
      'when the answer is not HTTP',
      (r, q) => {
        r.socket?.end(`${echo(q)}\r\n\r\n`);
      },
    ],
    ['when the connection is reset', (r) => void r.socket?.resetAndDestroy()],
  ];
  it.each(behaviours)('%s', async (_name, behave) => {
    server = await serve(behave);
    expect((await errorsOfAllCalls(server.client)).flatMap(secretsShownBy)).toEqual([]);
  });

  it('when nothing answers in time', async () => {
    server = await serve(() => undefined, { answerTimeoutMs: 50 });
    expect((await errorsOfAllCalls(server.client)).flatMap(secretsShownBy)).toEqual([]);
  });
});

it('keeps the kind, the code and the causes of a network error, and nothing else of it', () => {
  const inner = Object.assign(new Error(`inner ${TOKEN}`), { code: 'ECONNRESET', socket: { path: TOKEN } });
  const several = new AggregateError([inner, new Error('other')], '', { cause: inner });
  const copy = safeCause(several, redactorFor({ secrets: [TOKEN], values: [] }));
  expect(copy).toMatchObject({ name: 'AggregateError', message: 'inner [hidden]; other' });
  expect(copy.cause).toMatchObject({ message: 'inner [hidden]', code: 'ECONNRESET' });
  expect(inspect(copy, { depth: 20, showHidden: true })).not.toContain(TOKEN);
});

describe('a text from the other side', () => {
  it('loses tokens that this call does not know', () => {
    const redact = redactorFor({ secrets: [], values: [] });
    expect(redact('token t-caecc734c2e3328a62489fe0648c4b98779515d3 is dead')).toBe('token [hidden] is dead');
    expect(redact('Bearer abc.def')).toBe('[hidden]');
    expect(redact('eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiI3.sig-_x!')).toBe('[hidden]!');
  });

  it('loses ids of people and rooms, addresses and numbers that no request of this call has', () => {
    const redact = redactorFor({ secrets: [], values: [] });
    const id = '5c0a3d9e7f1b2a4c6d8e0f9b7a5c3d1e';
    for (const who of [
      `ou_${id}`,
      `on_${id}`,
      `omm_${id}`,
      'wang.fang+vc@mail.example.com',
      '+8613812345678',
      '+86138****5678',
    ]) {
      expect(redact(`open_id: "${who}" is not valid`)).toBe('open_id: "[hidden]" is not valid');
    }
    const plain =
      'missing scopes [vc:export], log id 20261126221321, see https://open.feishu.cn/app/cli_a1b2c3d4e5f6/auth';
    expect(redact(plain)).toBe(plain);
  });

  it('looks at the beginning of a text that is made to keep it busy, and shows no more of it', () => {
    const redact = redactorFor({ secrets: ['s3cret'], values: [] });
    for (const piece of ['a-', 'a', 'u-1', 'a@', '+86', 'ou_1']) {
      expect(redact(piece.repeat(1_000_000)).length).toBeLessThan(10_000);
    }
    expect(redact(`s3cret ${'a '.repeat(1_000_000)}`)).toMatch(/^\[hidden\] a a .*…$/);
    // A secret that the end of what is looked at cuts in two is not shown in part.
    expect(redact(`${'b'.repeat(16 * 1024 - 3)}s3cret`)).not.toContain('s3c');
  });

  it('keeps its words where a secret is short', () => {
    expect(redactorFor({ secrets: ['20'], values: [] })('page 20 of 200 is wrong')).toBe(
      'page [hidden] of 200 is wrong',
    );
  });

  it('never shows a secret, whatever it is and wherever it stands', () => {
    const secret = fc.string({ unit: 'grapheme', minLength: 5, maxLength: 40 }).filter((s) => s.trim().length >= 5);
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
        fc.pre(!'[hidden]'.includes(value.trim()));
        const redact = redactorFor({ secrets: [value], values: [] });
        const clean = redact(`${before}${value}|${encodeURIComponent(value)}|${JSON.stringify(value)}${after}`);
        const rest = clean.replaceAll('[hidden]', '');
        expect([value, encodeURIComponent(value)].filter((spelling) => rest.includes(spelling))).toEqual([]);
      }),
    );
  });
});
