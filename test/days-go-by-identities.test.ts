/** Whole days by the shipped worker, each asked as somebody else: the user beside the app, two profiles side by side, a store app. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectFeishuVc, type ExportDayResult, type FeishuVcClient } from '../client/index.ts';
import { storeConsent } from '../logins/index.ts';
import { FileVault } from '../logins/file-vault.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/index.ts';
import { startTicketReceiver } from '../worker/ticket-receiver.ts';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { portOf } from './support/feishu-server.ts';
import { APP, decide, oauthAt } from './support/login.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const DAY = '2025-03-04';
/** What apps that are made today can have: the lists for users only. */
const TODAY = ['vc:export', 'vc:rooms.room.detailinfo:read', 'contact:user.employee_id:readonly', 'offline_access'];
const PLAIN: SandboxOptions = { ...SMALL, longMeetings: false, emptyDays: false };

type Env = Record<string, string>;

const expectWhole = ({ complete, gaps, tables }: ExportDayResult): void => {
  expect(gaps).toEqual([]);
  expect(complete).toBe(true);
  expect(tables['quality_minutes']).toBeGreaterThan(0);
};

/** Two who may, and one who tries with the app of the first. */
const profiles = (FEISHU_BASE_URL: string): object => ({
  person: { FEISHU_BASE_URL, FEISHU_APP_ID: APP.appId, FEISHU_APP_SECRET: APP.appSecret, FEISHU_IDENTITY: 'user' },
  app: { FEISHU_BASE_URL, FEISHU_APP_ID: 'cli_other', FEISHU_APP_SECRET: 'other' },
  // Of the person's app, and without a log-in of its own.
  nobody: { FEISHU_BASE_URL, FEISHU_APP_ID: APP.appId, FEISHU_APP_SECRET: APP.appSecret, FEISHU_IDENTITY: 'user' },
});

describe.skipIf(!cli)('a day', () => {
  let product: Product;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, workers: 0 });
  });
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
    await product.stop();
  });

  interface Place {
    sandbox: Sandbox;
    client: FeishuVcClient;
    vault: FileVault;
    folder: string;
  }

  /** A tenant, a queue, a store and a place for log-ins of their own. */
  async function open(
    name: string,
    o: { sandbox: SandboxOptions; env: Env | ((url: string, folder: string) => Promise<Env>) },
  ): Promise<Place> {
    const sandbox = await startSandbox({ ...PLAIN, ...o.sandbox });
    const folder = join(product.dir, name);
    const taskQueue = `feishu-vc-${name}`;
    const client = await connectFeishuVc({ address: product.temporal.address, taskQueue });
    closing.push(
      () => sandbox.close(),
      () => client.close(),
    );
    await mkdir(folder, { recursive: true });
    await product.startWorker({
      FEISHU_BASE_URL: sandbox.url,
      FEISHU_TASK_QUEUE: taskQueue,
      DATA_URL: `file:${join(folder, 'data')}`,
      FEISHU_GRANTS_URL: `file:${join(folder, 'grants')}`,
      ...(typeof o.env === 'function' ? await o.env(sandbox.url, folder) : o.env),
    });
    return { sandbox, client, vault: new FileVault({ folder: join(folder, 'grants'), key: null }), folder };
  }

  /** By the consent page. */
  async function logIn({ sandbox, vault }: Place, profile: string): Promise<void> {
    const user = 'ou_sandbox_admin';
    const oauth = oauthAt(sandbox.url);
    const page = oauth.consentPage({ scopes: TODAY, redirectUri: 'http://127.0.0.1:8745/callback' });
    const code = new URL(await decide(page.url, 'agree', user)).searchParams.get('code') ?? '';
    const atMs = Date.now();
    const tokens = await oauth.exchange(code, page);
    await oauth.close();
    const who = { open_id: user, name: null };
    await storeConsent(vault, profile, { apiHost: sandbox.url, appId: APP.appId, user: who, tokens, atMs });
  }

  const owners = ({ sandbox }: Place): string[] =>
    [...new Set(sandbox.ledger.tasks.map(({ owner }) => owner))].toSorted();
  test('is listed as the user and exported as the app, whose scopes are those of today', async () => {
    const place = await open('both', {
      sandbox: { apps: [{ app_id: APP.appId, app_secret: APP.appSecret, scopes: TODAY }] },
      env: { FEISHU_LIST_IDENTITY: 'user' },
    });
    await logIn(place, 'default');
    const run = await place.client.start('exportDay', { day: DAY, source: 'both' });
    expectWhole(await run.result());
    expect(owners(place)).toEqual([`app:${APP.appId}`]);
    expect(
      place.sandbox.ledger.calls.filter(({ endpoint, code }) => endpoint.startsWith('L') && code === 0).length,
    ).toBeGreaterThan(3);
    expect(place.sandbox.ledger.calls.filter(({ code }) => code === 121005)).toEqual([]);
    expect(place.sandbox.logins.consents).toBe(1);
  });

  test('of two profiles in one worker is asked by each for itself, also where both ask at once', async () => {
    const apps = [
      { app_id: APP.appId, app_secret: APP.appSecret },
      { app_id: 'cli_other', app_secret: 'other' },
    ];
    const place = await open('two', {
      sandbox: { apps },
      env: async (url, folder) => {
        const path = join(folder, 'profiles.json');
        await writeFile(path, JSON.stringify(profiles(url)));
        return { FEISHU_PROFILES: path, FEISHU_APP_ID: '', FEISHU_APP_SECRET: '' };
      },
    });
    await logIn(place, 'person');
    const nobody = await place.client.start('exportDay', { day: DAY, profile: 'nobody' });
    const runs = await Promise.all(
      ['person', 'app'].map((profile) => place.client.start('exportDay', { day: DAY, source: 'both', profile })),
    );
    for (const run of runs) expectWhole(await run.result());
    expect(owners(place)).toEqual(['app:cli_other', 'user:ou_sandbox_admin']);
    // It waits for a log-in of its own, and has made no call as the person.
    let waitingFor: string | null = null;
    for (; waitingFor === null; await sleep(200)) waitingFor = (await nobody.progress()).waiting_for;
    expect(waitingFor).toContain('feishu-vc login --profile nobody: nobody has logged in');
    const lists = place.sandbox.ledger.calls.filter(({ endpoint }) => endpoint === 'L2');
    const by = (app: string): number => lists.filter((call) => call.app === app).length;
    expect(by(APP.appId)).toBe(by('cli_other'));
    await nobody.cancel();
  });

  test('of a store app waits for the first ticket, which it asks for, and goes on by itself', async () => {
    const events = { encryptKey: 'the-encrypt-key', verificationToken: 'the-verification-token' };
    const vault = new FileVault({ folder: join(product.dir, 'store-app', 'grants'), key: null });
    const receiver = await startTicketReceiver({
      apps: [{ appId: 'cli_store', ...events }],
      vault,
      port: 0,
      host: '127.0.0.1',
      onTicket: () => undefined,
      onRefused: () => undefined,
    });
    closing.push(
      () => receiver.closeAllConnections(),
      () => receiver.close(),
    );
    const url = `http://127.0.0.1:${portOf(receiver.address())}/events`;
    const place = await open('store-app', {
      sandbox: {
        apps: [{ app_id: 'cli_store', app_secret: 's', app_type: 'store', events: { url, ...events } }],
        tenantKeys: ['tenant-a'],
      },
      env: {
        FEISHU_APP_ID: 'cli_store',
        FEISHU_APP_SECRET: 's',
        FEISHU_APP_TYPE: 'store',
        FEISHU_TENANT_KEY: 'tenant-a',
      },
    });
    const run = await place.client.start('exportDay', { day: DAY, source: 'both' });
    expectWhole(await run.result());
    const of = (id: string): number => place.sandbox.ledger.calls.filter(({ endpoint }) => endpoint === id).length;
    expect([of('A1'), of('A3')]).toEqual([0, 1]);
    expect(of('A4')).toBeGreaterThan(0);
    expect(owners(place)).toEqual(['app:cli_store']);
  });
});
