/** What a worker answers to whoever asks for its health, over HTTP. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileStore } from '../store/file-store.ts';
import { startHealth, type HealthOptions } from '../worker/health.ts';

let folder: string;
let store: FileStore;
let open: { port: number; close(): Promise<void> }[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-health-'));
  store = new FileStore(join(folder, 'data'));
  await store.claim({ apiHost: 'http://sandbox.invalid', profile: 'default', timeZone: 'UTC', dayScope: 'q' });
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((health) => health.close()));
  await rm(folder, { recursive: true, force: true });
});

async function urlOf(o: Partial<HealthOptions> = {}): Promise<string> {
  const options = { store, isPolling: () => true, temporal: { isAway: false }, storeMs: 60_000, ...o };
  const health = await startHealth({ host: '127.0.0.1', port: 0 }, options);
  open.push(health);
  return `http://127.0.0.1:${health.port}`;
}

/** Status and body. */
async function asked(url: string, init?: RequestInit): Promise<[number, unknown]> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  return [answer.status, text === '' ? null : JSON.parse(text)];
}

test('a worker that has all it needs is alive and ready', async () => {
  const url = await urlOf();
  expect(await asked(`${url}/healthz`)).toEqual([200, { alive: true }]);
  expect(await asked(`${url}/readyz`)).toEqual([200, { ready: true, missing: [] }]);
  expect(await asked(`${url}/readyz?verbose`)).toEqual([200, { ready: true, missing: [] }]);
});

test('what is missing is named, and a worker that waits for it is alive', async () => {
  const url = await urlOf({ isPolling: () => false, temporal: { isAway: true } });
  await rename(join(folder, 'data'), join(folder, 'away'));
  expect(await asked(`${url}/readyz`)).toEqual([503, { ready: false, missing: ['polling', 'temporal', 'store'] }]);
  expect(await asked(`${url}/healthz`)).toEqual([200, { alive: true }]);
});

test('a store that does not answer is missing', async () => {
  const url = await urlOf({ store: { identity: () => new Promise(() => undefined) }, storeMs: 50 });
  expect(await asked(`${url}/readyz`)).toEqual([503, { ready: false, missing: ['store'] }]);
});

test('nothing else is answered: no other path, no other method, no body to HEAD', async () => {
  const url = await urlOf();
  expect(await asked(`${url}/metrics`)).toEqual([404, { error: '/healthz and /readyz' }]);
  expect(await asked(`${url}/healthz`, { method: 'POST', body: 'x' })).toEqual([405, { error: 'GET and HEAD only' }]);
  expect(await asked(`${url}/readyz`, { method: 'HEAD' })).toEqual([200, null]);
});

test('an address that is taken is an error', async () => {
  await urlOf();
  const options = { store, isPolling: () => true, temporal: { isAway: false } };
  await expect(startHealth({ host: '127.0.0.1', port: open[0]!.port }, options)).rejects.toThrow(/EADDRINUSE/);
});
