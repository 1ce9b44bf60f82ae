import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '../worker/config.ts';
import type { NotifySettings } from '../worker/notify/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'notify-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const APP = { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 's' };
const BOT = 'https://open.feishu.cn/open-apis/bot/v2/hook/0000-sEcReT';

function notifyOf(env: NodeJS.ProcessEnv): NotifySettings {
  return readSettings({ ...APP, ...env }).notify;
}

function problemsWith(env: NodeJS.ProcessEnv): string[] {
  try {
    notifyOf(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('who is told', () => {
  test('is nobody without settings', () => {
    expect(notifyOf({})).toStrictEqual({ bot: null, webhook: null });
  });

  test('is the bot and the webhook, each signed by its own secret, from files too', () => {
    const path = join(folder, 'bot');
    writeFileSync(path, `${BOT}\n`);
    const secretPath = join(folder, 'secret');
    writeFileSync(secretPath, 'from-a-file\n');
    expect(
      notifyOf({
        NOTIFY_FEISHU_BOT_URL_FILE: path,
        NOTIFY_FEISHU_BOT_SECRET_FILE: secretPath,
        NOTIFY_WEBHOOK_URL: 'http://127.0.0.1:8080/hook',
        NOTIFY_WEBHOOK_SECRET: 'w',
      }),
    ).toStrictEqual({
      bot: {
        url: BOT,
        secret: { setting: 'NOTIFY_FEISHU_BOT_SECRET_FILE', value: 'from-a-file', path: secretPath },
      },
      webhook: {
        url: 'http://127.0.0.1:8080/hook',
        secret: { setting: 'NOTIFY_WEBHOOK_SECRET', value: 'w', path: null },
      },
    });
  });

  test('may be signed by the longer name, which means the same', () => {
    expect(
      notifyOf({ NOTIFY_WEBHOOK_URL: 'https://a.example/', NOTIFY_WEBHOOK_URL_SECRET: 'w' }).webhook?.secret,
    ).toEqual({ setting: 'NOTIFY_WEBHOOK_URL_SECRET', value: 'w', path: null });
  });
});

describe('what is wrong is said without any value', () => {
  const TAKES = 'takes an https URL, or an http one of this machine';
  test.each([
    ['http beyond this machine', 'http://hooks.example.com/sEcReT'],
    ['another scheme', 'ftp://hooks.example.com/sEcReT'],
    ['a user in the address', 'https://user:sEcReT@hooks.example.com/'],
    ['no address', 'sEcReT'],
  ])('%s', (_what, url) => {
    expect(problemsWith({ NOTIFY_FEISHU_BOT_URL: url, NOTIFY_WEBHOOK_URL: url })).toStrictEqual([
      `NOTIFY_FEISHU_BOT_URL: ${TAKES}`,
      `NOTIFY_WEBHOOK_URL: ${TAKES}`,
    ]);
  });

  test.each(['http://localhost/x', 'http://127.0.0.3:1/x', 'http://[::1]:80/x', 'https://hooks.example.com/x'])(
    '%s is taken',
    (url) => {
      expect(notifyOf({ NOTIFY_WEBHOOK_URL: url }).webhook?.url).toBe(url);
    },
  );

  test('a secret without an address, two that differ, a file that is none', () => {
    expect(problemsWith({ NOTIFY_WEBHOOK_SECRET: 'sEcReT' })).toStrictEqual([
      'NOTIFY_WEBHOOK_URL: missing; NOTIFY_WEBHOOK_SECRET alone tells nobody',
    ]);
    const two = { NOTIFY_FEISHU_BOT_SECRET: 'sEcReT', NOTIFY_FEISHU_BOT_URL_SECRET: 'oThEr' };
    expect(problemsWith({ NOTIFY_FEISHU_BOT_URL: BOT, ...two })).toStrictEqual([
      'NOTIFY_FEISHU_BOT_SECRET: NOTIFY_FEISHU_BOT_URL_SECRET, which means the same, has another value; set one of them',
    ]);
    expect(problemsWith({ NOTIFY_FEISHU_BOT_URL_FILE: BOT })).toStrictEqual([
      'NOTIFY_FEISHU_BOT_URL_FILE: cannot be read (ENOENT); it takes the path of a file',
    ]);
  });
});
