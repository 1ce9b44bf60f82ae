/** Store apps: the ticket comes as an event, and a tenant's token is had with it. */
import * as lark from '@larksuiteoapi/node-sdk';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FeishuClient, givenSecret, StoreApp, TenantTokens } from '../feishu/index.ts';
import { readTicket, writeTicket } from '../logins/index.ts';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import { sendEvent } from '../sandbox/tickets.ts';
import { startTicketReceiver } from '../worker/ticket-receiver.ts';
import { portOf } from './support/feishu-server.ts';
import { testVault, type TestVault } from './support/login.ts';

const EVENTS = { encryptKey: 'the-encrypt-key', verificationToken: 'the-verification-token' };
const APP = { appId: 'cli_store', ...EVENTS };
let place: TestVault;
let sandbox: Sandbox;
let server: Server;
let url: string;
let refused: string[];
let kept: string[];

beforeEach(async () => {
  place = await testVault();
  refused = [];
  kept = [];
  server = await startTicketReceiver({
    apps: [{ appId: 'cli_first', encryptKey: 'another-key', verificationToken: 'x' }, APP],
    vault: place.vault,
    port: 0,
    host: '127.0.0.1',
    onTicket: (appId) => kept.push(appId),
    onRefused: (reason) => refused.push(reason),
  });
  url = `http://127.0.0.1:${portOf(server.address())}/events`;
  sandbox = await startSandbox({
    apps: [{ app_id: 'cli_store', app_secret: 's', app_type: 'store', events: { url, ...EVENTS } }],
    tenantKeys: ['tenant-a'],
  });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await sandbox.close();
  await place.remove();
});

function tokensOf(tenantKey = 'tenant-a') {
  const client = new FeishuClient({ baseUrl: sandbox.url });
  const store = new StoreApp({ client, tenantKey, ticket: () => readTicket(place.vault, 'cli_store') });
  return new TenantTokens({ client: store, appId: 'cli_store', secret: givenSecret('FEISHU_APP_SECRET', 's') });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const secondsFromNow = (more: number): string => String(Date.now() / 1000 + more);
const payload = (event: object, more: object = {}) => ({
  ts: secondsFromNow(0),
  token: EVENTS.verificationToken,
  type: 'event_callback',
  event: { app_id: 'cli_store', type: 'app_ticket', ...event },
  ...more,
});
const send = (event: object, more: object = {}, encryptKey = EVENTS.encryptKey) =>
  sendEvent({ url, encryptKey, payload: payload(event, more), nowMs: Date.now() });

describe('a ticket', () => {
  test('is asked for where there is none, comes as an event, is kept, and gives a token', async () => {
    const tokens = tokensOf();
    await expect(tokens.get()).rejects.toThrow(
      /^feishu-vc app-tickets: no ticket has come yet for the store app cli_store/,
    );
    await until(() => kept.length > 0);
    const token = await tokens.get();
    const response = await fetch(`${sandbox.url}/open-apis/vc/v1/rooms`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await response.json()).toMatchObject({ code: 0 });
    expect(sandbox.ledger.calls.map(({ endpoint }) => endpoint)).toEqual(['A3', 'A4', 'A5', 'R2']);
    expect(JSON.stringify(sandbox.ledger.calls)).not.toContain(await readTicket(place.vault, 'cli_store'));
  });

  test('that Feishu does not take any more is asked for again', async () => {
    await writeTicket(place.vault, 'cli_store', { ticket: 'an-old-one', sentAtMs: 1 });
    const error = await tokensOf()
      .get()
      .catch((thrown: unknown) => String(thrown));
    expect(error).toContain('Feishu does not take the last ticket any more');
    expect(error).not.toContain('an-old-one');
    await until(() => kept.length > 0);
    await tokensOf().get();
  });

  test('of another tenant gives no token, and a custom app gets none', async () => {
    await sandbox.sendTicket('cli_store');
    await expect(tokensOf('tenant-b').get()).rejects.toMatchObject({ kind: 'credentials' });
    const custom = await startSandbox();
    const client = new FeishuClient({ baseUrl: custom.url });
    await expect(client.resendAppTicket('cli_sandbox', 'sandbox-secret')).rejects.toMatchObject({ feishuCode: 10016 });
    await client.close();
    await custom.close();
  });
});

describe('the receiver', () => {
  test('takes the newest ticket, in whatever order they come', async () => {
    expect(await send({ app_ticket: 'newer' }, { ts: secondsFromNow(0) })).toContain('HTTP 200');
    expect(await send({ app_ticket: 'older' }, { ts: secondsFromNow(-1) })).toContain('HTTP 200');
    expect(await readTicket(place.vault, 'cli_store')).toBe('newer');
  });

  test.each(['99999999999', '1', 'soon'])('takes no ticket of another time than now, such as %s', async (ts) => {
    expect(await send({ app_ticket: 'x' }, { ts })).toContain('HTTP 403');
    expect(await readTicket(place.vault, 'cli_store')).toBeNull();
  });

  test('believes nobody without the keys', async () => {
    expect(await send({ app_ticket: 'x' }, {}, 'a-wrong-key')).toContain('HTTP 403');
    expect(await send({ app_ticket: 'x' }, { token: 'wrong' })).toContain('HTTP 403');
    const body = JSON.stringify(payload({ app_ticket: 'x' }));
    expect((await fetch(url, { method: 'POST', body })).status).toBe(403);
    expect((await fetch(url)).status).toBe(404);
    const sealed = await sealedBody();
    expect((await fetch(url, { method: 'POST', body: sealed, headers: { 'x-lark-signature': 'no' } })).status).toBe(
      403,
    );
    expect(await readTicket(place.vault, 'cli_store')).toBeNull();
    expect(refused.join()).not.toMatch(/the-encrypt-key|the-verification-token/);
    expect(refused).toHaveLength(4);
  });

  test('answers the challenge with which the console checks an address', async () => {
    const challenge = { challenge: 'say-this', type: 'url_verification' };
    expect(await send({}, challenge)).toBe('HTTP 200 {"challenge":"say-this"}');
    expect(await send({}, { ...challenge, token: 'wrong' })).toContain('HTTP 403');
  });

  test('takes events of other kinds and of other apps, and keeps nothing of them', async () => {
    expect(await send({ type: 'message', text: 'hello' })).toContain('HTTP 200');
    expect(await send({ app_id: 'cli_other', app_ticket: 'x' })).toContain('HTTP 200');
    expect(await readTicket(place.vault, 'cli_store')).toBeNull();
  });
});

/** One event, as it was sent, taken by a server of our own. */
async function sealedBody(): Promise<string> {
  let body = '';
  const catcher = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => catcher.listen(0, '127.0.0.1', resolve));
  const to = `http://127.0.0.1:${portOf(catcher.address())}`;
  await sendEvent({
    url: to,
    encryptKey: EVENTS.encryptKey,
    payload: payload({ app_ticket: 't-1' }),
    nowMs: Date.now(),
  });
  catcher.close();
  return body;
}

test('The official client reads the events that the sandbox sends', async () => {
  const { encrypt } = JSON.parse(await sealedBody()) as { encrypt: string };
  const text = new lark.AESCipher(EVENTS.encryptKey).decrypt(encrypt);
  expect(JSON.parse(text)).toMatchObject({ event: { app_ticket: 't-1' } });
});
