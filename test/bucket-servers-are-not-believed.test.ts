/** What a hostile server of a bucket, or a wrong setting, can put into an error: nothing. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore } from '../store/open-store.ts';

const MIB = 1024 * 1024;
const KEY = 'KEYGEHEIM';
const TOKEN = 'TOKENGEHEIM';

let server: Server | undefined;
beforeEach(() => {
  for (const [name, value] of Object.entries({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: TOKEN,
    AWS_MAX_ATTEMPTS: '1',
    S3_FORCE_PATH_STYLE: 'true',
  }))
    vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server?.close();
  server?.closeAllConnections();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function failureOf(attempt: Promise<unknown>): Promise<Error> {
  return await attempt.then(
    () => expect.fail('it did not fail'),
    (error: Error) => error,
  );
}

/** What any log could show of an error. */
const everythingOf = (error: unknown): string => inspect(error, { depth: 10, showHidden: true, maxStringLength: null });

async function answering(code: (authorization: string) => string): Promise<Error> {
  await serve((request, response) => {
    response.writeHead(400, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code(request.headers.authorization ?? '')}</Code></Error>`);
  });
  return await failureOf(openStore('s3://my-bucket/p').read('f'));
}

describe('the code of a server', () => {
  test.each<[string, (authorization: string) => string]>([
    ['what was signed', (authorization) => `\u009b2J${authorization}`],
    ['the signature', (authorization) => /Signature=(\w+)/.exec(authorization)![1]!],
    ['the key', () => KEY],
    ['a megabyte', () => 'A'.repeat(MIB)],
    ['a name that each object has', () => 'constructor'],
  ])('that is %s is not shown', async (_, code) => {
    const failure = await answering(code);
    expect(failure).toMatchObject({ name: 'StoreError', code: 'unavailable' });
    expect(failure.message).toMatch(/: the object store refused it \(an unreadable code, HTTP 400\)\.$/);
    expect(everythingOf(failure)).not.toMatch(new RegExp(`${KEY}|Signature|\\u009b|A{99}|undefined`));
  });

  test('that is one is shown', async () => {
    expect((await answering(() => 'MalformedXML')).message).toContain('(MalformedXML, HTTP 400)');
  });
});

test('what a server did not remove among many is told, though it answers that all went well', async () => {
  await serve((request, response) => {
    const isOfOne = request.method === 'DELETE';
    response.writeHead(isOfOne && request.url?.includes('/p/f') ? 403 : 200, { 'content-type': 'application/xml' });
    const error = `<Error><Key>p/f</Key><Code>AccessDenied</Code><Message>${KEY}</Message></Error>`;
    const deleted = '<Deleted><Key>p/e</Key></Deleted>';
    response.end(isOfOne ? '' : `<?xml version="1.0"?><DeleteResult>${deleted}${error}</DeleteResult>`);
  });
  const failure = await failureOf(openStore('s3://my-bucket/p').removeAll(['e', 'f']));
  expect(failure).toMatchObject({ name: 'StoreError', code: 'unavailable' });
  expect(failure.message).toContain('my-bucket/p/f: access is denied');
  expect(everythingOf(failure)).not.toContain(KEY);
});

test('what a server does not say it removed among many is removed by itself', async () => {
  const removed: (string | undefined)[] = [];
  await serve((request, response) => {
    if (request.method === 'DELETE') removed.push(request.url);
    response.writeHead(request.method === 'DELETE' ? 204 : 200, { 'content-type': 'text/html' });
    response.end();
  });
  await openStore('s3://my-bucket/p').removeAll(['e', 'f']);
  expect(new Set(removed.map((url) => url?.split('?')[0]))).toEqual(new Set(['/my-bucket/p/e', '/my-bucket/p/f']));
});

async function heldBy(owner: unknown): Promise<string> {
  await serve((_request, response) => {
    response.writeHead(200, { etag: '"1"' });
    response.end(JSON.stringify({ state: 'held', token: 'x', owner, beat: 1 }));
  });
  const locked = openStore('s3://my-bucket/p').withLock('day', async () => {}, { waitMs: 0 });
  return (await failureOf(locked)).message;
}

test('what stands in a lock as its owner is shown where it is a process, and nothing else', async () => {
  expect(await heldBy('process 17 on host-1.example')).toBe(
    'Lock day is held by process 17 on host-1.example; try again later.',
  );
  for (const owner of [`\u001b[2J${'O'.repeat(300_000)}`, `process 1 on ${'h'.repeat(300)}`, 7, undefined])
    expect(await heldBy(owner)).toBe('Lock day is held by another process; try again later.');
});

test('an endpoint that is no address names its setting, and its password is nowhere', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', 'https://user:geheim123@host:99999');
  const failure = await failureOf(openStore('s3://my-bucket/p').read('f'));
  expect(failure).toMatchObject({ name: 'StoreError', code: 'unavailable' });
  expect(failure.message).toContain('check AWS_ENDPOINT_URL_S3');
  expect(everythingOf(failure)).not.toContain('geheim123');
});

describe('an endpoint by http on another machine', () => {
  const ENDPOINT = 'http://bucket.invalid:9000';
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'endpoints-'));
    await writeFile(join(folder, 'config'), `[default]\nendpoint_url = ${ENDPOINT}\n`);
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([
    ['for S3', () => ({ AWS_ENDPOINT_URL_S3: ENDPOINT })],
    ['for all of AWS', () => ({ AWS_ENDPOINT_URL: ENDPOINT })],
    ['in the config file', () => ({ AWS_CONFIG_FILE: join(folder, 'config') })],
  ])('is refused where it is set %s, and asked where that is allowed', async (_, settings) => {
    for (const [name, value] of Object.entries(settings())) vi.stubEnv(name, value);
    expect(await failureOf(openStore('s3://my-bucket/p').read('f'))).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/AWS_ENDPOINT_URL_S3.*takes https.*FEISHU_ALLOW_HTTP=1/),
    });
    vi.stubEnv('FEISHU_ALLOW_HTTP', '1');
    expect(await failureOf(openStore('s3://my-bucket/p').read('f'))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/does not answer/),
    });
  });
});

test('an object that never ends is given up, and not held in memory', async () => {
  let sent = 0;
  await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', etag: '"1"' });
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(MIB))) sent += MIB;
      sent += MIB;
    };
    response.on('drain', more);
    more();
  });
  const failure = await failureOf(openStore('s3://my-bucket/p').readJson('store.json'));
  expect(failure).toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('larger than the 268435456 bytes'),
  });
  expect(sent).toBeLessThan(400 * MIB);
});
