import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings, SettingsError, type Settings } from '../worker/config.ts';
import { foreignHosts } from '../worker/exposure.ts';

const folder = mkdtempSync(join(tmpdir(), 'hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const APP = { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 's' };
const read = (env: Record<string, string>): Settings => readSettings({ ...APP, ...env });

function problemsWith(env: Record<string, string>): string[] {
  try {
    read(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('secrets', () => {
  test('go by https: every setting that names http is named, the ones in the file of profiles too', () => {
    const path = join(folder, 'profiles.json');
    writeFileSync(path, JSON.stringify({ hq: { ...APP, FEISHU_ACCOUNTS_URL: 'http://accounts.feishu.cn' } }));
    expect(
      problemsWith({
        FEISHU_BASE_URL: 'HTTP://open.feishu.cn',
        FEISHU_ACCOUNTS_URL: 'http://accounts.larksuite.com',
        FEISHU_RATE_LIMIT: 'fast',
        FEISHU_PROFILES: path,
      }),
    ).toEqual([
      expect.stringMatching(/^FEISHU_BASE_URL: takes https/),
      expect.stringMatching(/^FEISHU_ACCOUNTS_URL: takes https/),
      expect.stringMatching(/^FEISHU_RATE_LIMIT: /),
      expect.stringMatching(/^FEISHU_PROFILES: hq: FEISHU_ACCOUNTS_URL: takes https.*FEISHU_ALLOW_HTTP/),
    ]);
  });

  test.each([
    'http://localhost.example.com',
    'http://feishu.localhost',
    'http://127.example.com',
    'http://[::2]',
    'http://10.0.0.1',
    'http://0.0.0.0',
  ])('do not go to %s, which is not this machine', (url) => {
    expect(problemsWith({ FEISHU_BASE_URL: url })).toEqual([expect.stringMatching(/^FEISHU_BASE_URL: takes https/)]);
  });

  test.each(['http://localhost:8070', 'http://127.0.0.1:1', 'http://127.8.9.1', 'http://[::1]:8070'])(
    'may go to %s on this machine',
    (url) => expect(problemsWith({ FEISHU_BASE_URL: url, FEISHU_ACCOUNTS_URL: url })).toEqual([]),
  );

  test('may go by http where that is allowed in so many words', () => {
    const FEISHU_BASE_URL = 'http://sandbox:8070';
    for (const FEISHU_ALLOW_HTTP of ['1', 'true', 'on']) {
      expect(problemsWith({ FEISHU_BASE_URL, FEISHU_ALLOW_HTTP })).toEqual([]);
    }
    for (const FEISHU_ALLOW_HTTP of ['', '0', 'false', 'off']) {
      expect(problemsWith({ FEISHU_BASE_URL, FEISHU_ALLOW_HTTP })).toHaveLength(1);
    }
    expect(problemsWith({ FEISHU_BASE_URL, FEISHU_ALLOW_HTTP: 'perhaps' })).toEqual([
      expect.stringMatching(/^FEISHU_BASE_URL: takes https/),
      expect.stringMatching(/^FEISHU_ALLOW_HTTP: takes 1, true or on/),
    ]);
  });

  test('go to nobody whose certificate is not looked at', () => {
    expect(problemsWith({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual([
      expect.stringMatching(/^NODE_TLS_REJECT_UNAUTHORIZED: .*NODE_EXTRA_CA_CERTS/),
    ]);
    expect(problemsWith({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
  });
});

const foreign = (env: Record<string, string>): string[] => read(env).profiles.flatMap(foreignHosts);

test("hosts that are neither Feishu's, nor Lark's, nor on this machine are told apart", () => {
  expect(foreign({})).toEqual([]);
  expect(foreign({ FEISHU_BASE_URL: 'https://open.larksuite.com' })).toEqual([]);
  expect(foreign({ FEISHU_BASE_URL: 'http://127.0.0.1:8070' })).toEqual([]);
  expect(foreign({ FEISHU_BASE_URL: 'https://open.feishu.cn.example.com' })).toEqual(['open.feishu.cn.example.com']);
  expect(foreign({ FEISHU_ACCOUNTS_URL: 'https://accounts.notfeishu.cn' })).toEqual(['accounts.notfeishu.cn']);
});

test('what is written is for its owner, or his group where that is said, and for nobody else', () => {
  expect(read({}).umask).toBe(0o077);
  expect(read({ FEISHU_UMASK: '027' }).umask).toBe(0o027);
  for (const FEISHU_UMASK of ['022', '000', '0', '007', '77', 'open']) {
    expect(problemsWith({ FEISHU_UMASK })).toEqual([expect.stringMatching(/^FEISHU_UMASK: takes 077 .*027/)]);
  }
});
