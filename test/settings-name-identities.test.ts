import { describe, expect, test } from 'vitest';
import { readSettings } from '../worker/config.ts';

const read = (env: Record<string, string>) => readSettings({ FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 's', ...env });

describe('settings', () => {
  test('have defaults by the host', () => {
    expect(read({}).profiles[0]).toMatchObject({
      identity: 'app',
      listIdentity: 'app',
      oauth: 'v3',
      accountsUrl: 'https://accounts.feishu.cn',
      appType: 'custom',
    });
    expect(read({ FEISHU_BASE_URL: 'https://open.larksuite.com/' }).profiles[0]).toMatchObject({
      oauth: 'v2',
      accountsUrl: 'https://accounts.larksuite.com',
    });
    expect(read({ FEISHU_BASE_URL: 'http://127.0.0.1:1', FEISHU_IDENTITY: 'user' }).profiles[0]).toMatchObject({
      oauth: 'v2',
      accountsUrl: 'http://127.0.0.1:1',
      listIdentity: 'user',
    });
    expect(read({}).grants).toEqual({ url: 'file:./grants', key: null });
  });

  test('that are wrong are named, without values of secrets', () => {
    expect(() =>
      read({ FEISHU_GRANTS_KEY: 'c2hvcnQ=', FEISHU_GRANTS_URL: 'ftp://x', FEISHU_OAUTH: 'v1', FEISHU_IDENTITY: 'me' }),
    ).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringMatching(/^FEISHU_IDENTITY: takes app or user/),
          expect.stringMatching(/^FEISHU_OAUTH: takes v2 or v3/),
          expect.stringMatching(/^FEISHU_GRANTS_URL: takes a folder/),
          expect.stringMatching(/^FEISHU_GRANTS_KEY: takes 32 bytes in base64/),
        ],
      }),
    );
    expect(() => read({ FEISHU_APP_TYPE: 'store' })).toThrow(/FEISHU_TENANT_KEY: missing/);
    expect(() => readSettings({ FEISHU_USER_ACCESS_TOKEN: 'u', FEISHU_IDENTITY: 'app' })).toThrow(
      /FEISHU_APP_ID: missing/,
    );
  });
});
