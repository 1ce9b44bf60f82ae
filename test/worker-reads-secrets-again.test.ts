/** Secrets in files, of the environment and of profiles, that change while a worker runs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FixedToken, TenantTokens } from '../feishu/index.ts';
import { readSettings } from '../worker/config.ts';
import { secretOf } from '../worker/secrets.ts';
import { sendJson, serve } from './support/feishu-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const aSecondLater = () => new Promise((resolve) => setTimeout(resolve, 1100));

describe('a secret', () => {
  test('in a file is known with the setting that names it, of the environment and of a profile', async () => {
    const path = join(folder, 'secret');
    const profiles = join(folder, 'profiles.json');
    await writeFile(path, 's-1\n');
    await writeFile(profiles, JSON.stringify({ hq: { FEISHU_APP_ID: 'cli_b', FEISHU_APP_SECRET_FILE: path } }));
    const settings = readSettings({
      FEISHU_APP_ID: 'cli_a',
      FEISHU_APP_SECRET_FILE: path,
      FEISHU_PROFILES: profiles,
    });
    const appSecret = { setting: 'FEISHU_APP_SECRET_FILE', value: 's-1', path };
    expect(settings.profiles).toMatchObject([
      { name: 'default', appSecret },
      { name: 'hq', appSecret },
    ]);
    expect(readSettings({ FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 's' }).profiles).toMatchObject([
      { appSecret: { setting: 'FEISHU_APP_SECRET', value: 's', path: null } },
    ]);
  });

  test('in a file is read again; while the file is absent or empty the old one stands', async () => {
    const path = join(folder, 'secret');
    const secret = secretOf({ setting: 'FEISHU_APP_SECRET_FILE', value: 's-1', path });
    await aSecondLater();
    expect(await secret.get()).toBe('s-1');
    await writeFile(path, '');
    await aSecondLater();
    expect(await secret.get()).toBe('s-1');
    await writeFile(path, 's-2\n');
    await aSecondLater();
    expect(await secret.get()).toBe('s-2');
  });

  test('that has changed is used for the next token, and for the next call of a user', async () => {
    const path = join(folder, 'secret');
    await writeFile(path, 's-2');
    const server = await serve((response, { body }) => {
      const { app_secret } = JSON.parse(body) as { app_secret: string };
      sendJson(response, { code: 0, msg: 'ok', tenant_access_token: `token-of-${app_secret}`, expire: 1 });
    });
    try {
      const setting = { setting: 'FEISHU_APP_SECRET_FILE', value: 's-1', path };
      const tokens = new TenantTokens({ client: server.client, appId: 'cli_a', secret: secretOf(setting) });
      const user = new FixedToken(secretOf(setting));
      expect([await tokens.get(), await user.get()]).toEqual(['token-of-s-1', 's-1']);
      await aSecondLater();
      expect([await tokens.hasChanged(), await user.hasChanged()]).toEqual([true, true]);
      expect([await tokens.get(), await user.get()]).toEqual(['token-of-s-2', 's-2']);
      expect([await tokens.hasChanged(), await user.hasChanged()]).toEqual([false, false]);
    } finally {
      await server.close();
    }
  });
});
