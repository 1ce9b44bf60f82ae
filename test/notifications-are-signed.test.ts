/** What receivers get over HTTP, and what is made of their answers. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import { cardOf } from '../worker/notify/card.ts';
import { plainNotice } from '../worker/notify/notice.ts';
import { openChannels, type Channel, type Delivery } from '../worker/notify/channels.ts';
import type { Notice } from '../worker/notify/notice.ts';
import type { NotifySettings, Receiver } from '../worker/notify/settings.ts';

const ENDED: Notice = {
  version: 1,
  id: '0123456789abcdef0123456789abcdef',
  at: '2026-10-20T02:00:00.000Z',
  kind: 'backfill_ended',
  profile: 'hq',
  command: 'feishu-vc backfill status october',
  workflow_id: 'october',
  schedule: null,
  status: 'incomplete',
  failure: null,
  range: { from: '2026-10-01', to: '2026-10-19' },
  counts: { days: { complete: 18, incomplete: 1 }, units: { done: 60 }, rows: { meetings: 12 }, gaps: 3, calls: 99 },
};
const DAYS: Notice = {
  version: 1,
  id: '1123456789abcdef0123456789abcdef',
  at: '2026-10-20T02:00:00.000Z',
  kind: 'days_incomplete',
  profile: 'hq',
  command: 'feishu-vc backfill start --profile hq --from 2026-10-12 --to 2026-10-12 --refresh missing',
  schedule: 'nightly',
  days: [{ day: '2026-10-12', gaps: [{ kind: 'pending', count: 4 }] }],
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function opened(settings: Partial<NotifySettings>): Channel {
  const [channel] = openChannels({ bot: null, webhook: null, ...settings });
  closing.push(() => channel!.close());
  return channel!;
}

const secretOf = (value: string): Receiver['secret'] => ({ setting: 'NOTIFY_SECRET', value, path: null });

async function sandboxBot(botSecret?: string): Promise<{ sandbox: Sandbox; url: string }> {
  const sandbox = await startSandbox(botSecret === undefined ? {} : { botSecret });
  closing.push(() => sandbox.close());
  return { sandbox, url: `${sandbox.url}/open-apis/bot/v2/hook/0000-1111` };
}

async function post(to: string, body: object): Promise<unknown> {
  return await (await fetch(to, { method: 'POST', body: JSON.stringify(body) })).json();
}

interface Receiving {
  url: string;
  seen: { headers: IncomingHttpHeaders; body: string; url: string | undefined }[];
}

/** `answer`: status and body, or `cut`: the connection ends after the request was read. */
async function receiver(answer: { status: number; body?: string } | 'cut'): Promise<Receiving> {
  const seen: Receiving['seen'] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8'), url: request.url });
      if (answer === 'cut') return void request.socket.destroy();
      response.writeHead(answer.status, { location: 'http://127.0.0.1:9/elsewhere' });
      response.end(answer.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=k`, seen };
}

describe('the bot of a group', () => {
  test('takes a card that is signed with its secret, and keeps it', async () => {
    const { sandbox, url } = await sandboxBot('bot-secret');
    expect(await opened({ bot: { url, secret: secretOf('bot-secret') } }).send(ENDED)).toStrictEqual({
      is: 'delivered',
    });
    const kept = { atMs: expect.any(Number), hook: '0000-1111', card: JSON.parse(JSON.stringify(cardOf(ENDED))) };
    expect(sandbox.cards).toStrictEqual([kept]);
    const asked = await fetch(`${sandbox.url}/_sandbox/cards`);
    expect(await asked.json()).toStrictEqual({ cards: sandbox.cards });
  });

  test.each([
    ['with another secret', secretOf('another')],
    ['by nobody', null],
  ])('refuses a card that is signed %s', async (_how, secret) => {
    const { sandbox, url } = await sandboxBot('bot-secret');
    const refused: Delivery = { is: 'refused', why: 'Feishu code 19021' };
    expect(await opened({ bot: { url, secret } }).send(ENDED)).toStrictEqual(refused);
    expect(sandbox.cards).toHaveLength(0);
  });

  test('refuses a card that was signed over an hour ago, and takes unsigned ones where it has no secret', async () => {
    const { url } = await sandboxBot('bot-secret');
    const timestamp = String(Math.floor(Date.now() / 1000) - 3700);
    const sign = createHmac('sha256', `${timestamp}\nbot-secret`).update('').digest('base64');
    const card = { msg_type: 'interactive', card: {} };
    expect(await post(url, { timestamp, sign, ...card })).toMatchObject({ code: 19021 });
    const unsigned = await sandboxBot();
    expect(await post(unsigned.url, card)).toMatchObject({ code: 0 });
    expect(await post(unsigned.url, { msg_type: 'text' })).toMatchObject({ code: 9499 });
  });
});

describe('a card', () => {
  test('has no further line by the id that somebody has chosen for a run', () => {
    const workflow_id = 'x\n\nIMPORTANT\u2028To type: curl\u202e\u0003 | sh';
    const notice = plainNotice({ ...ENDED, workflow_id, command: `feishu-vc backfill status '${workflow_id}'` });
    const texts = JSON.stringify(cardOf(notice));
    expect(texts).toContain("status 'x IMPORTANT To type: curl | sh'");
    expect(texts).not.toMatch(/\\n|[\p{Cc}\p{Bidi_Control}\u2028]/u);
  });

  test('says the same in English and Chinese, in plain text alone', () => {
    const odd = { ...ENDED, workflow_id: '<at id=all></at>', command: "feishu-vc backfill status '<at id=all></at>'" };
    for (const notice of [odd, DAYS]) {
      const { header, i18n_elements } = cardOf(notice);
      const { en_us, zh_cn } = i18n_elements;
      expect(header.title.i18n.en_us).toMatch(/^Export of meeting data: /);
      expect(header.title.content).toBe(header.title.i18n.zh_cn);
      expect(en_us).toHaveLength(zh_cn.length);
      for (const { tag, text } of [...en_us, ...zh_cn]) expect([tag, text.tag]).toStrictEqual(['div', 'plain_text']);
      expect(en_us.at(-1)!.text.content).toContain(notice.command);
      expect(zh_cn.at(-1)!.text.content).toContain(notice.command);
    }
  });

  test('of a year of days stays far below what a bot takes', () => {
    const gaps = ['pending', 'failed', 'no-data', 'people-differ'].map((kind) => ({ kind, count: 1000 }));
    const days = Array.from({ length: 366 }, (_, n) => ({ day: `2026-01-${n}`, gaps }));
    expect(JSON.stringify(cardOf({ ...DAYS, days })).length).toBeLessThan(15_000);
  });
});

describe('a webhook', () => {
  test('gets the notice as JSON, with its HMAC-SHA256', async () => {
    const { url, seen } = await receiver({ status: 204 });
    const channel = opened({ webhook: { url, secret: secretOf('hook-secret') } });
    expect(await channel.send(DAYS)).toStrictEqual({ is: 'delivered' });
    expect(seen).toHaveLength(1);
    const [{ headers, body, url: path }] = seen as [Receiving['seen'][number]];
    expect(path).toBe('/hook?key=k');
    expect(JSON.parse(body)).toStrictEqual(DAYS);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers['x-signature']).toBe(createHmac('sha256', 'hook-secret').update(body).digest('hex'));
  });

  test('without a secret gets no signature, and may answer what it likes', async () => {
    const { url, seen } = await receiver({ status: 200, body: '{"code": 200}' });
    expect(await opened({ webhook: { url, secret: null } }).send(DAYS)).toStrictEqual({ is: 'delivered' });
    expect(seen[0]!.headers['x-signature']).toBeUndefined();
  });
});

describe('whether something has arrived', () => {
  test.each<[string, { status: number; body?: string } | 'cut', Delivery]>([
    ['a receiver that says no', { status: 404 }, { is: 'refused', why: 'HTTP 404' }],
    ['one that is asked too often', { status: 429 }, { is: 'refused', why: 'HTTP 429' }],
    ['one that leads elsewhere', { status: 302 }, { is: 'refused', why: 'HTTP 302' }],
    [
      'a bot that is asked too often',
      { status: 200, body: '{"code":11232}' },
      { is: 'refused', why: 'Feishu code 11232' },
    ],
    ['a proxy that got no answer', { status: 502 }, { is: 'unknown', why: 'HTTP 502' }],
    ['a connection that breaks after it was sent', 'cut', { is: 'unknown', why: 'UND_ERR_SOCKET' }],
  ])('is told of %s', async (_what, answer, delivery) => {
    const { url } = await receiver(answer);
    expect(await opened({ bot: { url, secret: null } }).send(ENDED)).toStrictEqual(delivery);
  });

  test('is told where nobody listens, without the address', async () => {
    const { url } = await receiver({ status: 200 });
    await closing.pop()!();
    expect(await opened({ webhook: { url, secret: null } }).send(ENDED)).toStrictEqual({
      is: 'refused',
      why: 'ECONNREFUSED',
    });
  });
});
