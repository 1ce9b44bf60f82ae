import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCodecServer } from '../client/codec-server.ts';
import { SealingCodec } from '../temporal/payload-codec.ts';
import { payloadKeysIn } from '../temporal/payload-keys.ts';

const TOKEN = 'a-token-of-some-length';
const UI = 'http://127.0.0.1:8233';
const keysOf = (id: string) =>
  payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS: `${id}:${randomBytes(32).toString('base64')}` }).keys;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const CLEAR = { metadata: { encoding: base64('json/plain') }, data: base64('"a name"') };

let server: Awaited<ReturnType<typeof startCodecServer>>;
beforeAll(async () => {
  const codec = new SealingCodec(keysOf('a'));
  server = await startCodecServer({ host: '127.0.0.1', port: 0, codec, token: TOKEN, uiOrigin: UI });
});
afterAll(() => server.close());

interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

const bearer = { authorization: `Bearer ${TOKEN}` };
const bodyOf = (...payloads: object[]): string => JSON.stringify({ payloads });

function ask(path: string, { method = 'POST', headers = bearer, body = bodyOf(CLEAR) }: Asked = {}): Promise<Response> {
  const sent = method === 'POST' ? { body } : {};
  return fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers, ...sent });
}

async function payloadsOf(response: Response): Promise<object[]> {
  expect(response.status).toBe(200);
  return ((await response.json()) as { payloads: object[] }).payloads;
}

describe('the codec server', () => {
  test('seals and opens again, in order, with payloads that have no data', async () => {
    const empty = { metadata: { encoding: base64('binary/null') } };
    const sealed = await payloadsOf(await ask('/encode', { body: bodyOf(CLEAR, empty) }));
    expect(JSON.stringify(sealed)).not.toContain(CLEAR.data);
    expect(await payloadsOf(await ask('/decode', { body: bodyOf(...sealed, CLEAR) }))).toMatchObject([
      CLEAR,
      empty,
      CLEAR,
    ]);
  });

  test.each([
    ['none', '/decode', {}],
    ['another one', '/decode', { authorization: 'Bearer a-token-of-some-lengtH' }],
    ['the right one under another scheme', '/decode', { authorization: `Basic ${TOKEN}` }],
    ['another one in the path', '/a-token-of-some-lengtH/decode', {}],
  ])('answers 401 to a token that is %s', async (_, path, headers) => {
    const response = await ask(path, { headers });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain(TOKEN);
  });

  test("takes the token in the path, beside the UI's own", async () => {
    const headers = { authorization: 'Bearer of-a-user', 'x-namespace': 'default', origin: UI };
    expect((await ask(`/${TOKEN}/decode`, { headers })).status).toBe(200);
  });

  test('lets pages of the UI ask, and no others', async () => {
    const preflight = await ask('/decode', { method: 'OPTIONS', headers: { origin: UI } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(UI);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/authorization.*content-type.*x-namespace/);
    for (const origin of ['http://localhost:8233', 'http://127.0.0.1:8233.example.com', 'null']) {
      for (const method of ['OPTIONS', 'POST']) {
        const other = await ask('/decode', { method, headers: { ...bearer, origin } });
        expect(other.status).toBe(403);
        expect(other.headers.get('access-control-allow-origin')).toBeNull();
      }
    }
  });

  test('names the key that it has not', async () => {
    const [sealed] = await new SealingCodec(keysOf('b')).encode([{ data: Buffer.from('x') }]);
    const wire = {
      metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('b') },
      data: Buffer.from(sealed!.data!).toString('base64'),
    };
    const response = await ask('/decode', { body: bodyOf(wire) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('"b"') as string });
  });

  test.each([
    ['no JSON', '/decode', { body: '{' }, 400],
    ['no payloads', '/decode', { body: '{"payloads":1}' }, 400],
    ['values that are not base64', '/decode', { body: bodyOf({ data: '$' }) }, 400],
    ['more than 8 MiB', '/decode', { body: bodyOf({ data: 'A'.repeat(8 * 1024 * 1024) }) }, 413],
    ['another path', '/download', {}, 404],
    ['a path below', `/${TOKEN}/decode/more`, {}, 404],
    ['another method', '/decode', { method: 'GET' }, 405],
  ])('refuses %s', async (_, path, asked: Asked, status) => {
    expect((await ask(path, asked)).status).toBe(status);
  });
});
