import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FeishuError } from '../feishu/index.ts';
import type { CallOptions, Download, FeishuClientOptions } from '../feishu/index.ts';
import { errorOf, sendJson, serve } from './support/feishu-server.ts';
import type { Behave, FeishuServer } from './support/feishu-server.ts';

let server: FeishuServer | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await server?.close();
  server = undefined;
});

const call: CallOptions = { token: 't-0123456789abcdef' };
const FILE_TOKEN = '6yHu7I/gp+YyYQ==&x=1';
/** Large enough to come in many pieces. */
const FILE = Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(300_000, 'xlsx')]);
const OCTETS = { 'content-type': 'application/octet-stream' };

async function download(
  behave: Behave,
  o: { call?: CallOptions; client?: Partial<FeishuClientOptions> } = {},
): Promise<Download> {
  server = await serve(behave, o.client);
  return server.client.downloadExport(FILE_TOKEN, o.call ?? call);
}
async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

function endlessly(response: ServerResponse): void {
  const piece = Buffer.alloc(65_536, 'PK');
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

const drip = (response: ServerResponse): void => {
  response.writeHead(200, OCTETS);
  response.write('PK');
  const timer = setInterval(() => response.write('x'), 10);
  response.on('close', () => clearInterval(timer));
};

describe('a download', () => {
  it('streams the file and asks for it by the percent-encoded token', async () => {
    const { body, contentLength } = await download((response) => {
      response.writeHead(200, { ...OCTETS, 'content-length': String(FILE.length) });
      response.end(FILE);
    });
    expect(contentLength).toBe(FILE.length);
    expect(FILE.equals(await bytesOf(body))).toBe(true);
    expect(server?.received[0]?.url).toBe(
      '/open-apis/vc/v1/exports/download?file_token=6yHu7I%2Fgp%2BYyYQ%3D%3D%26x%3D1',
    );
  });

  it('without a length or a content type is a file by its first bytes, even when they come one by one', async () => {
    const { body, contentLength } = await download((response) => {
      response.writeHead(200);
      response.write('P');
      setTimeout(() => response.end('K!'), 30);
    });
    expect(contentLength).toBeNull();
    expect((await bytesOf(body)).toString()).toBe('PK!');
  });

  it('that ends before its length fails as broken, after the bytes that came', async () => {
    const { body } = await download((response) => {
      response.writeHead(200, { ...OCTETS, 'content-length': String(FILE.length) });
      response.write(FILE.subarray(0, 1000), () => response.destroy());
    });
    const error = await errorOf(bytesOf(body));
    expect(error).toMatchObject({ kind: 'network', code: 'BROKEN_BODY', status: 200, sent: true, answered: true });
  });

  it('that ends before its length without a reset fails as broken too', async () => {
    const { body } = await download((response) => {
      response.socket?.end(
        `HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\nconnection: close\r\ncontent-length: 50\r\n\r\nPK-cut`,
      );
    });
    expect((await errorOf(bytesOf(body))).code).toBe('BROKEN_BODY');
  });

  it('that breaks in the middle of a chunked body fails as broken', async () => {
    const { body } = await download((response) => {
      response.writeHead(200, OCTETS);
      response.write(FILE.subarray(0, 1000), () => response.destroy());
    });
    expect((await errorOf(bytesOf(body))).code).toBe('BROKEN_BODY');
  });

  it('that falls silent fails in time', async () => {
    const { body } = await download(
      (response) => {
        response.writeHead(200, OCTETS);
        response.write('PK');
      },
      { client: { bodyIdleTimeoutMs: 100 } },
    );
    expect((await errorOf(bytesOf(body))).code).toBe('BODY_TIMEOUT');
  });

  it('waits on the wire while nobody reads it, and is not called silent', async () => {
    // Time passes where the test says so.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const size = 64 * 1024 * 1024;
    const piece = Buffer.alloc(65_536, 'PK');
    let sent = 0;
    let answer: ServerResponse | undefined;
    const { body } = await download(
      (response) => {
        answer = response;
        response.writeHead(200, OCTETS);
        const more = (): void => {
          for (let goesOn = true; goesOn && sent < size; sent += piece.length) goesOn = response.write(piece);
          if (sent < size) response.once('drain', more);
          else response.end();
        };
        more();
      },
      { client: { bodyIdleTimeoutMs: 100 } },
    );
    for (let before = -1; before !== sent;) {
      before = sent;
      await sleep(200);
    }
    await vi.advanceTimersByTimeAsync(500);
    expect(answer?.writableFinished).toBe(false);
    let bytes = 0;
    for await (const part of body) bytes += part.length;
    expect(bytes).toBe(size);
  });

  it.each([
    ['says so', { 'content-length': '5000000000' }],
    ['does not say how long it is', {}],
  ])('that is larger than a file may be and %s is left', async (_what, headers) => {
    const connection = new EventEmitter();
    const hungUp = once(connection, 'close');
    const { client } = (server = await serve(
      (response) => {
        response.on('close', () => connection.emit('close'));
        response.writeHead(200, { ...OCTETS, ...headers });
        endlessly(response);
      },
      { maxFileBytes: 200_000 },
    ));
    let kept = 0;
    const read = async (): Promise<void> => {
      const { body } = await client.downloadExport(FILE_TOKEN, call);
      for await (const part of body) kept += part.length;
    };
    const error = await errorOf(read());
    expect(error).toMatchObject({ kind: 'contract', code: 'ANSWER_TOO_LARGE', status: 200 });
    expect(error.message).toContain('FEISHU_MAX_DOWNLOAD');
    expect(kept).toBeLessThan(400_000);
    await hungUp;
  });

  it('that drips comes to an end, by the time that the call has', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { body } = await download(drip, { call: { ...call, totalTimeoutMs: 200 } });
    vi.advanceTimersByTime(200);
    expect(await errorOf(bytesOf(body))).toMatchObject({ kind: 'network', code: 'TOTAL_TIMEOUT', answered: true });
  });

  it('that the caller aborts fails with the reason', async () => {
    const controller = new AbortController();
    const { body } = await download(
      (response) => {
        response.writeHead(200, OCTETS);
        response.write('PK');
      },
      { call: { ...call, signal: controller.signal } },
    );
    const reason = new Error('paused');
    setTimeout(() => controller.abort(reason), 20);
    await expect(bytesOf(body)).rejects.toBe(reason);
  });

  it('that the reader leaves gives the connection back', async () => {
    const connection = new EventEmitter();
    const hungUp = once(connection, 'close');
    const { body } = await download((response) => {
      response.on('close', () => connection.emit('close', response.writableFinished));
      response.writeHead(200, OCTETS);
      response.write(FILE);
    });
    for await (const part of body) if (part.length > 0) break;
    expect(await hungUp).toEqual([false]);
  });
});

describe('in place of a file', () => {
  it('a JSON error with status 200 is that error', async () => {
    const refused = download((response) => sendJson(response, { code: 121004, msg: 'data not exist' }));
    expect(await errorOf(refused)).toMatchObject({ kind: 'not_found', feishuCode: 121004, status: 200 });
  });

  it('a JSON error under another content type is that error', async () => {
    const refused = download((response) => {
      response.writeHead(200, OCTETS);
      response.end('{"code":99991663,"msg":"Invalid access token"}');
    });
    expect(await errorOf(refused)).toMatchObject({ kind: 'token', feishuCode: 99991663 });
  });

  it('a JSON error with its own status is that error', async () => {
    const refused = download((response) => sendJson(response, { code: 121005, msg: 'no' }, { status: 403 }));
    expect(await errorOf(refused)).toMatchObject({ kind: 'permission', status: 403 });
  });

  it.each([
    ['garbage', 'no zip at all', 'NOT_A_FILE'],
    ['a page', '<html></html>', 'NOT_A_FILE'],
    ['nothing', '', 'EMPTY_BODY'],
  ])('%s is refused, with the hash of what came', async (_name, content, code) => {
    const refused = download((response) => {
      response.writeHead(200, OCTETS);
      response.end(content);
    });
    const error = await errorOf(refused);
    expect(error).toMatchObject({ kind: 'server', code });
    expect(error.bodySha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(error.message).not.toContain('zip at all');
  });

  it('garbage that breaks off has no hash to compare', async () => {
    const refused = download((response) => {
      response.writeHead(200, { ...OCTETS, 'content-length': '100' });
      response.write('garbage', () => response.destroy());
    });
    const error = await errorOf(refused);
    expect(error).toBeInstanceOf(FeishuError);
    expect([error.kind, error.bodySha256]).toEqual(['network', undefined]);
  });

  it('a redirect is not followed', async () => {
    const refused = download((response) => {
      response.writeHead(302, { location: '/elsewhere' });
      response.end();
    });
    expect((await errorOf(refused)).code).toBe('REDIRECTED');
    expect(server?.received.length).toBe(1);
  });
});
