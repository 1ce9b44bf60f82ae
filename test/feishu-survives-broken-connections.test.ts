import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FeishuClient } from '../feishu/index.ts';
import type { CallOptions, FeishuClientOptions } from '../feishu/index.ts';
import { errorOf, portOf, sendJson, serve } from './support/feishu-server.ts';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0)) await close();
});

const call: CallOptions = { token: 't-0123456789abcdef' };

/** A server below HTTP: writes what it likes as soon as a request has arrived, and may hang up. */
async function rawServer(
  onRequest: (socket: Socket) => void,
  options: Partial<FeishuClientOptions> = {},
): Promise<{ client: FeishuClient; port: number; requests: () => number }> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => sockets.delete(socket));
    socket.on('data', () => {
      requests += 1;
      onRequest(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server.address());
  const client = new FeishuClient({ baseUrl: `http://127.0.0.1:${port}`, ...options });
  cleanUp.push(async () => {
    await client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { client, port, requests: () => requests };
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

describe('a call whose connection breaks', () => {
  it('before an answer was sent, and is not repeated', async () => {
    const { client, requests } = await rawServer((socket) => socket.resetAndDestroy());
    const error = await errorOf(client.list('meeting_list', {}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'CONNECTION_LOST', sent: true, answered: false });
    expect(error.advice).toContain('may or may not');
    expect(requests()).toBe(1);
  });

  it('in the middle of the headers was sent and not answered', async () => {
    const { client, requests } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => socket.resetAndDestroy());
    });
    const error = await errorOf(client.createExport('meeting_list', {}, {}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'CONNECTION_LOST', sent: true, answered: false });
    expect(requests()).toBe(1);
  });

  it('in the middle of the body was answered', async () => {
    const { client } = await rawServer((socket) => {
      socket.write(`${HEAD}content-length: 100\r\n\r\n{"code":0,`);
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
    const error = await errorOf(client.list('meeting_list', {}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'BROKEN_BODY', status: 200, sent: true, answered: true });
  });

  it('at the end of a body without a length is JSON that breaks off', async () => {
    const { client } = await rawServer((socket) => socket.end(`${HEAD}connection: close\r\n\r\n{"code":0,`));
    const error = await errorOf(client.list('meeting_list', {}, call));
    expect(error).toMatchObject({ kind: 'server', code: 'BROKEN_JSON' });
  });

  it('in the middle of a throttled answer is still throttled', async () => {
    const { client } = await rawServer((socket) => {
      socket.write('HTTP/1.1 429 Slow\r\nx-ogw-ratelimit-reset: 7\r\ncontent-length: 100\r\n\r\n{"co');
      setTimeout(() => socket.resetAndDestroy(), 30);
    });
    const error = await errorOf(client.list('meeting_list', {}, call));
    expect(error).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
  });

  it('by an answer that is not HTTP', async () => {
    const { client } = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const error = await errorOf(client.list('meeting_list', {}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'MALFORMED_HTTP', sent: true, answered: false });
  });
});

describe('a call that finds nobody', () => {
  it('at a closed port was not sent', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = portOf(server.address());
    await new Promise((resolve) => server.close(resolve));
    const client = new FeishuClient({ baseUrl: `http://127.0.0.1:${port}` });
    const error = await errorOf(client.createExport('meeting_list', {}, {}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'CONNECT_FAILED', sent: false, answered: false });
    expect(error.message).toContain(`no connection (127.0.0.1:${port}, ECONNREFUSED)`);
    await client.close();
  });

  it('behind an unknown name was not sent', async () => {
    const client = new FeishuClient({ baseUrl: 'http://nothing-here.invalid' });
    const error = await errorOf(client.listRooms({}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'DNS_FAILED', sent: false });
    await client.close();
  });

  it('behind TLS was not sent when the other side speaks plain HTTP', async () => {
    const { port } = await rawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const client = new FeishuClient({ baseUrl: `https://127.0.0.1:${port}` });
    const error = await errorOf(client.listRooms({}, call));
    expect(error).toMatchObject({ kind: 'network', sent: false, answered: false });
    await client.close();
  });

  it('after the client was closed was not sent', async () => {
    const client = new FeishuClient({ baseUrl: 'http://127.0.0.1:9' });
    await client.close();
    const error = await errorOf(client.listRooms({}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'CLIENT_CLOSED', sent: false });
  });
});

/** How the call ends where `ms` pass from the moment that this is so. */
async function errorAfter(ms: number, isSo: () => boolean, made: Promise<unknown>) {
  const error = errorOf(made);
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(ms);
  return await error;
}

describe('a call that hangs', () => {
  // Time passes where the test says so: on a busy machine more of it goes by before anything has hung.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('ends when no headers come in time', async () => {
    const { client, requests } = await rawServer(() => undefined, { answerTimeoutMs: 100 });
    const error = await errorAfter(100, () => requests() === 1, client.list('meeting_list', {}, call));
    expect(error).toMatchObject({ kind: 'network', code: 'ANSWER_TIMEOUT', sent: true, answered: false });
  });

  it('ends when the body falls silent', async () => {
    const { client } = await rawServer((socket) => socket.write(`${HEAD}content-length: 100\r\n\r\n{"code"`), {
      bodyIdleTimeoutMs: 100,
    });
    let answered = false;
    const onAnswer = (): void => void (answered = true);
    const error = await errorAfter(1000, () => answered, client.list('meeting_list', {}, { ...call, onAnswer }));
    expect(error).toMatchObject({ kind: 'network', code: 'BODY_TIMEOUT', sent: true, answered: true });
  });

  it('ends when the body drips', async () => {
    const { client } = await rawServer(
      (socket) => {
        socket.write(`${HEAD}content-length: 100000\r\n\r\n{"code"`);
        const timer = setInterval(() => socket.write(' '), 10);
        socket.on('close', () => clearInterval(timer));
      },
      { totalTimeoutMs: 200 },
    );
    let answered = false;
    const onAnswer = (): void => void (answered = true);
    const error = await errorAfter(200, () => answered, client.list('meeting_list', {}, { ...call, onAnswer }));
    expect(error).toMatchObject({ kind: 'network', code: 'TOTAL_TIMEOUT', sent: true, answered: true });
  });

  it('does not disturb the next call', async () => {
    let calls = 0;
    const server = await serve(
      (response) => {
        calls += 1;
        if (calls > 1) sendJson(response, { code: 0, data: {} });
      },
      { answerTimeoutMs: 300 },
    );
    cleanUp.push(() => server.close());
    await errorAfter(300, () => calls === 1, server.client.list('meeting_list', {}, call));
    expect((await server.client.list('meeting_list', {}, call)).page).toEqual({});
  });
});

async function unreachable(options: Partial<FeishuClientOptions>): Promise<FeishuClient> {
  const { port } = await rawServer(() => undefined);
  const client = new FeishuClient({ baseUrl: `https://127.0.0.1:${port}`, ...options });
  cleanUp.unshift(() => client.close());
  return client;
}

describe('a call that waits for a connection, here for a TLS handshake that never comes,', () => {
  it.each([
    [{ connectTimeoutMs: 100 }, 'CONNECT_TIMEOUT'],
    [{ answerTimeoutMs: 100 }, 'ANSWER_TIMEOUT'],
  ])('ends in time and was not sent (%o)', async (options, code) => {
    const client = await unreachable(options);
    const error = await errorOf(client.createExport('meeting_list', {}, {}, call));
    expect(error).toMatchObject({ kind: 'network', code, sent: false, answered: false });
  });

  it('ends at once when the caller aborts it, and was not sent', async () => {
    const client = await unreachable({});
    const controller = new AbortController();
    let sent = false;
    setTimeout(() => controller.abort('stop'), 50);
    const aborted = client.listRooms({}, { ...call, signal: controller.signal, onSent: () => (sent = true) });
    await expect(aborted).rejects.toBe('stop');
    expect(sent).toBe(false);
  });
});

describe('a call that the caller aborts', () => {
  const reason = { why: 'paused' };

  it('before it starts sends nothing and rejects with the reason', async () => {
    const { client, requests } = await rawServer(() => undefined);
    let sent = false;
    const aborted = client.listRooms({}, { ...call, signal: AbortSignal.abort(reason), onSent: () => (sent = true) });
    await expect(aborted).rejects.toBe(reason);
    expect([sent, requests()]).toEqual([false, 0]);
  });

  it('while it waits rejects with the reason, and tells that it was sent', async () => {
    const controller = new AbortController();
    const { client } = await rawServer(() => controller.abort(reason));
    let sent = false;
    const aborted = client.listRooms({}, { ...call, signal: controller.signal, onSent: () => (sent = true) });
    await expect(aborted).rejects.toBe(reason);
    expect(sent).toBe(true);
  });

  it('in the middle of the body rejects with the reason', async () => {
    const controller = new AbortController();
    const { client } = await rawServer((socket) => socket.write(`${HEAD}content-length: 100\r\n\r\n{"code"`));
    const onAnswer = (): void => void setTimeout(() => controller.abort(reason), 20);
    await expect(client.listRooms({}, { ...call, signal: controller.signal, onAnswer })).rejects.toBe(reason);
  });

  it('leaves no listener on the signal of the caller, however it ended', async () => {
    const server = await serve((response, request) => {
      if (request.url.includes('rooms')) response.destroy();
      else sendJson(response, { code: 0, data: {} });
    });
    cleanUp.push(() => server.close());
    const { signal } = new AbortController();
    const listening = new Set<unknown>();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening.add(args[1]);
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening.delete(args[1]);
      remove(...args);
    };
    await server.client.list('meeting_list', {}, { ...call, signal });
    await errorOf(server.client.listRooms({}, { ...call, signal }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(listening.size).toBe(0);
  });
});
