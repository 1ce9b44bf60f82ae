import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startChild } from '../client/embedded/children.ts';
import { plainEnvironment } from '../model/plain-environment.ts';
import { treeOf } from './support/process-tree.ts';

test('of the settings and secrets of this product, and of what it reaches, nothing is handed on', () => {
  const secrets = {
    FEISHU_APP_ID: 'cli_a',
    FEISHU_APP_SECRET: 's',
    FEISHU_GRANTS_KEY_FILE: 'grants.key',
    TEMPORAL_API_KEY: 's',
    DATA_URL: 's3://bucket',
    AWS_SECRET_ACCESS_KEY: 's',
    aws_session_token: 's',
    S3_FORCE_PATH_STYLE: 'true',
    NOTIFY_FEISHU_BOT_URL: 'https://bot',
    WAREHOUSE_URL: 'postgres://u:p@h/d',
    PGPASSWORD: 's',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s',
    GITHUB_TOKEN: 's',
    SOME_PASSWORD: 's',
    OTHER_API_KEY: 's',
    DATABASE_URL: 'postgres://u:p@h/d',
    MY_DSN: 's',
    LD_PRELOAD: '/tmp/x.so',
    NODE_OPTIONS: '--require /tmp/x.js',
    HTTP_PROXY_AUTH: 's',
  };
  const plain = {
    PATH: '/bin',
    HOME: '/home/me',
    HTTPS_PROXY: 'http://proxy:3128',
    no_proxy: '127.0.0.1',
    SSL_CERT_FILE: '/etc/company.pem',
    PIP_INDEX_URL: 'https://pypi.example.com',
    XDG_CACHE_HOME: '/cache',
    DISPLAY: ':0',
    LANG: 'C.UTF-8',
    TEMPORAL_CONFIG_FILE: '/home/me/temporal.toml',
  };
  expect(plainEnvironment({ ...secrets, ...plain, EMPTY: undefined })).toEqual(plain);
});

test.skipIf(process.platform !== 'linux')('the process that watches over children sees no secret either', async () => {
  process.env['FEISHU_APP_SECRET'] = 'sEcReT';
  const child = startChild({ name: 'a child', command: 'sleep', args: ['60'], env: { PATH: process.env['PATH'] } });
  try {
    const tree = await treeOf(process.pid);
    const guardian = tree.find(({ command }) => command.includes('trap'));
    const seen = await readFile(`/proc/${guardian?.pid}/environ`, 'utf8');
    expect(seen).toContain('PATH=');
    expect(seen).not.toContain('sEcReT');
  } finally {
    delete process.env['FEISHU_APP_SECRET'];
    await child.stop();
  }
});
