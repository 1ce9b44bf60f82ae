import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLimiter, parseRateLimit } from '../sandbox/limiter.ts';
import { openSandbox } from './support/sandbox-client.ts';
import type { TestClient } from './support/sandbox-client.ts';

const poll = (client: TestClient): ReturnType<TestClient['get']> => client.get('exports/7000000000000000000');

async function accepted(client: TestClient, calls: number): Promise<number> {
  let count = 0;
  for (let i = 0; i < calls; i++) if ((await poll(client)).json.code !== 99991400) count++;
  return count;
}

test('A fixed window takes its calls, refuses the next with both headers, and opens when they say', async () => {
  const client = await openSandbox({ rateLimit: '5/60s' });
  client.advance(22_000);
  expect(await accepted(client, 5)).toBe(5);
  const refused = await poll(client);
  expect([refused.status, refused.json.code]).toEqual([429, 99991400]);
  expect(refused.headers.get('x-ogw-ratelimit-limit')).toBe('5');
  const reset = Number(refused.headers.get('x-ogw-ratelimit-reset'));
  expect(reset).toBe(38);
  client.advance((reset - 1) * 1000);
  expect(await accepted(client, 1)).toBe(0);
  client.advance(1000);
  expect(await accepted(client, 6)).toBe(5);
  expect(client.sandbox.ledger.calls.filter((call) => call.throttled)).toHaveLength(3);
  await client.sandbox.close();
});

test('Fixed windows let two bursts follow each other at their border, a sliding one does not', async () => {
  for (const { window, second, opensAfterMs } of [
    { window: 'fixed', second: 5, opensAfterMs: 59_000 },
    { window: 'sliding', second: 0, opensAfterMs: 58_000 },
  ] as const) {
    const client = await openSandbox({ rateLimit: '5/60s', window });
    client.advance(59_000);
    expect(await accepted(client, 5)).toBe(5);
    client.advance(2000);
    expect(await accepted(client, 5)).toBe(second);
    client.advance(opensAfterMs - 1);
    expect(await accepted(client, 1)).toBe(0);
    client.advance(1);
    expect(await accepted(client, 1)).toBe(1);
    await client.sandbox.close();
  }
});

test('Each app and each route template has a bucket of its own', async () => {
  const apps = ['a', 'b'].map((name) => ({ app_id: `cli_${name}`, app_secret: name }));
  const client = await openSandbox({ rateLimit: '3/60s', apps });
  const tokens = [];
  for (const app of apps) tokens.push(await client.login(app));
  client.token = tokens[0] ?? '';
  expect(await accepted(client, 4)).toBe(3);
  // Another task is the same route, another path is not.
  expect((await client.get('exports/7000000000000000001')).status).toBe(429);
  expect((await client.get('exports/download', { file_token: 'x' })).status).toBe(404);
  client.token = tokens[1] ?? '';
  expect(await accepted(client, 4)).toBe(3);
  expect(client.sandbox.ledger.maxInWindow('E5', 60_000, 'cli_a')).toBe(5);
  expect(client.sandbox.ledger.maxInWindow('E5', 60_000)).toBe(9);
  await client.sandbox.close();
});

test('The room helpers have their own limits, and the log-in has none', async () => {
  const client = await openSandbox({ rateLimit: '3/60s' });
  const replies = [];
  for (let i = 0; i < 51; i++) replies.push(await client.get('rooms'));
  expect(replies.filter((reply) => reply.status === 429)).toHaveLength(1);
  for (let i = 0; i < 20; i++) expect(await client.login()).toBe(client.token);
  await client.sandbox.close();
});

test('A throttled call comes with HTTP 400 where that is asked for, and never with the limit off', async () => {
  const client = await openSandbox({ rateLimit: '1/60s', throttleStatus: 400 });
  await poll(client);
  expect((await poll(client)).status).toBe(400);
  await client.sandbox.close();
  const free = await openSandbox({ rateLimit: 'off' });
  expect(await accepted(free, 150)).toBe(150);
  await free.sandbox.close();
});

test('A sliding window never holds more calls than its limit, wherever it is laid', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 9 }),
      (gaps, calls) => {
        const limiter = createLimiter({ limit: { calls, windowMs: 1000 }, window: 'sliding' });
        let atMs = 0;
        const taken: number[] = [];
        for (const gap of gaps) {
          atMs += gap;
          if (!limiter.take({ app: 'a', endpoint: 'L1', atMs })) taken.push(atMs);
        }
        for (const start of taken) {
          expect(taken.filter((time) => time >= start && time < start + 1000).length).toBeLessThanOrEqual(calls);
        }
        expect(taken.length).toBeGreaterThan(gaps.length === 0 ? -1 : 0);
      },
    ),
  );
});

test('Rate limits are written like 100/60s', () => {
  expect(parseRateLimit('100/60s')).toEqual({ calls: 100, windowMs: 60_000 });
  expect(parseRateLimit('5/250ms')).toEqual({ calls: 5, windowMs: 250 });
  expect(parseRateLimit('2/1m')).toEqual({ calls: 2, windowMs: 60_000 });
  expect(parseRateLimit('off')).toBeUndefined();
  for (const wrong of ['100', '0/60s', '100/0s', '100/60', 'on'])
    expect(() => parseRateLimit(wrong)).toThrow(RangeError);
});
