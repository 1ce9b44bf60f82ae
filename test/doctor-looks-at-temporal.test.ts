/** `doctor` as a command, with a Temporal server and without one. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectFeishuVc } from '../client/connect.ts';
import { freePort } from '../client/embedded/ports.ts';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import type { Diagnosis } from '../worker/doctor/diagnose.ts';
import { runCommand } from './support/command-line.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';

let folder: string;
let sandbox: Sandbox;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  sandbox = await startSandbox({ rateLimit: 'off' });
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function doctor(env: Record<string, string>, args: string[] = []) {
  const { code, stdout, stderr } = await runCommand(['doctor', '--json', ...args], {
    cwd: folder,
    env: { FEISHU_BASE_URL: sandbox.url, FEISHU_APP_ID: 'cli_sandbox', FEISHU_APP_SECRET: 'sandbox-secret', ...env },
  });
  const { checks } = JSON.parse(stdout) as Diagnosis;
  return {
    code,
    stderr,
    of: (name: string) => checks.find((check) => check.name === name),
    names: checks.map((check) => check.name),
  };
}

/** Asked again where the server was busy for the seconds after which the command takes it as away. */
async function doctorOf(...args: Parameters<typeof doctor>): ReturnType<typeof doctor> {
  for (;;) {
    const seen = await doctor(...args);
    if (seen.of('temporal')?.state !== 'fail') return seen;
  }
}

test('without a server it says how to have one, leaves out what needs it, and exits 1', async () => {
  const { code, of, stderr } = await doctor({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
  expect(code).toBe(1);
  expect(of('temporal')).toMatchObject({ state: 'fail', next: expect.stringContaining('feishu-vc server') });
  expect(of('namespace')).toMatchObject({ state: 'skip' });
  expect(of('scopes')).toMatchObject({ state: 'ok' });
  expect(stderr).toBe('');
});

test('its checks have the names that programs read, in their order', async () => {
  const { names, code } = await doctor({}, ['--offline']);
  expect(names).toEqual(
    'settings temporal namespace worker search_attributes payload_keys credentials grant scopes meeting_right region clock store disk modes old_versions privacy warehouse proxy'.split(
      ' ',
    ),
  );
  expect(code).toBe(0);
});

const cli = await temporalCli();
describe.skipIf(!cli)('with a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    if (cli) server = await startTestServer(cli);
  });
  afterAll(() => server.close());

  test('all is well: exit 0, and warnings say what is still to be done', async () => {
    const { code, of } = await doctorOf({ TEMPORAL_ADDRESS: server.address });
    expect(code).toBe(0);
    expect(of('temporal')).toMatchObject({ state: 'ok' });
    expect(of('namespace')).toMatchObject({ state: 'ok', seen: 'default keeps closed runs for 30 days' });
    expect(of('worker')).toMatchObject({ state: 'warn', next: expect.stringContaining('feishu-vc worker') });
    expect(of('search_attributes')).toMatchObject({ state: 'warn', next: 'Register them: feishu-vc setup' });
  });

  test('a key that runs need and this process has not is named, as what cannot go on or as what cannot be read', async () => {
    const [first, second] = ['first', 'second'].map((id) => `${id}:${randomBytes(32).toString('base64')}`);
    const look = async (keys = '') =>
      (await doctorOf({ TEMPORAL_ADDRESS: server.address, TEMPORAL_PAYLOAD_KEYS: keys })).of('payload_keys');
    expect(await look()).toMatchObject({ state: 'ok', seen: expect.stringContaining('histories are not sealed') });
    const client = await connectFeishuVc({ address: server.address, env: { TEMPORAL_PAYLOAD_KEYS: first } });
    try {
      const { workflowId } = await client.start('backfill', { month: '2026-10' });
      expect(await look(second)).toMatchObject({
        state: 'fail',
        seen: expect.stringMatching(/^open runs or schedules cannot go on here: .*"first".* does not have here$/),
        next: expect.stringMatching(/^Add the key to TEMPORAL_PAYLOAD_KEYS, behind the others/),
      });
      expect(await look(`first:${randomBytes(32).toString('base64')}`)).toMatchObject({
        state: 'fail',
        seen: expect.stringContaining('does not open with the key "first" of TEMPORAL_PAYLOAD_KEYS'),
        next: expect.stringMatching(/^Give TEMPORAL_PAYLOAD_KEYS the same key under "first"/),
      });
      expect(await look(`${second},${first}`)).toMatchObject({
        state: 'ok',
        seen: '"second" seals histories, and "first" too opens them; the newest runs can be read here',
      });
      await client.temporal.workflow.getHandle(workflowId).terminate();
      await expect
        .poll(async () => await look(), { timeout: 240_000 })
        .toMatchObject({ state: 'warn', seen: expect.stringMatching(/^closed runs cannot be read here: .*"first"/) });
    } finally {
      await client.close();
    }
    const wrong = await look('first:too-short');
    expect(wrong).toMatchObject({ state: 'fail', seen: expect.stringMatching(/^TEMPORAL_PAYLOAD_KEYS: takes ID:KEY/) });
    expect(JSON.stringify(wrong)).not.toContain('too-short');
  });

  test('a namespace that is not there is named, with the command that makes it', async () => {
    const { code, of } = await doctorOf({ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'other' });
    expect(code).toBe(1);
    expect(of('namespace')).toMatchObject({
      state: 'fail',
      seen: 'the server has no namespace other',
      next: expect.stringContaining('temporal operator namespace create --namespace other'),
    });
  });
});
