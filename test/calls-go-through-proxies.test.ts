/** Calls by a real proxy to a host whose certificate only NODE_EXTRA_CA_CERTS knows, made by a process of its own: Node reads that once. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canConnect } from '../feishu/reach.ts';
import { proxyFor, proxyProblems } from '../feishu/index.ts';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import type { Diagnosis } from '../worker/doctor/diagnose.ts';
import { APP, testVault, type TestVault } from './support/login.ts';
import { startProgram } from './support/program.ts';
import { CERTIFICATE, HOST, startCompanyProxy, type CompanyProxy } from './support/proxy.ts';

describe('the way to a host', () => {
  const env = {
    HTTPS_PROXY: 'http://p:1',
    HTTP_PROXY: 'q.example.com:2',
    NO_PROXY: 'a.com, .b.com,*.c.com d.com:8443',
  };
  test.each([
    ['https://open.feishu.cn', 'http://p:1'],
    ['http://open.feishu.cn', 'http://q.example.com:2'],
    ['https://a.com', null],
    ['https://x.A.com', null],
    ['https://xa.com', 'http://p:1'],
    ['https://b.com', null],
    ['https://y.c.com', null],
    ['https://d.com', 'http://p:1'],
    ['https://d.com:8443', null],
    ['http://127.0.0.1:80', null],
    ['http://localhost:1', null],
    ['http://[::1]:1', null],
  ])('%s: %s', (origin, way) => {
    expect(proxyFor(origin, env)?.origin ?? null).toBe(way);
  });

  test('is straight where nothing is set, or everything is excepted', () => {
    expect(proxyFor('https://open.feishu.cn', {})).toBeNull();
    expect(proxyFor('https://open.feishu.cn', { ...env, NO_PROXY: '*' })).toBeNull();
    // Small letters come first.
    expect(proxyFor('https://open.feishu.cn', { ...env, https_proxy: 'http://small:3' })?.host).toBe('small:3');
  });

  test('is said to be wrong without what it holds', () => {
    expect(proxyProblems({ HTTPS_PROXY: 'socks5://user:word@p', HTTP_PROXY: 'http://p:1' })).toEqual([
      'HTTPS_PROXY: takes the http(s) URL of a proxy, such as http://proxy.example.com:3128',
    ]);
  });
});

describe('calls', () => {
  let sandbox: Sandbox;
  let proxy: CompanyProxy;
  let place: TestVault;
  beforeEach(async () => {
    sandbox = await startSandbox({ rateLimit: 'off' });
    proxy = await startCompanyProxy(sandbox.url, { credentials: 'user:word' });
    place = await testVault();
  });
  afterEach(async () => {
    proxy.close();
    await sandbox.close();
    await place.remove();
  });

  async function look(env: Record<string, string>): Promise<{ output: string; find: (name: string) => object }> {
    const program = startProgram('doctor', ['--json'], {
      FEISHU_BASE_URL: `https://${HOST}`,
      FEISHU_APP_ID: APP.appId,
      FEISHU_APP_SECRET: APP.appSecret,
      DATA_URL: `file://${place.folder}-data`,
      FEISHU_GRANTS_URL: `file://${place.folder}`,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      HTTPS_PROXY: proxy.url.replace('//', '//user:word@'),
      ...env,
    });
    await program.ended;
    const { checks } = JSON.parse(program.output()) as Diagnosis;
    return { output: program.output(), find: (name) => checks.find((check) => check.name === name) ?? {} };
  }

  test('go by HTTPS_PROXY, with its credentials, and trust NODE_EXTRA_CA_CERTS', async () => {
    const { output, find } = await look({ NODE_EXTRA_CA_CERTS: CERTIFICATE });
    expect(find('region')).toMatchObject({
      state: 'warn',
      seen: expect.stringContaining(`${HOST} answers; ${HOST}, neither`),
    });
    expect(find('scopes')).toMatchObject({ state: 'ok' });
    expect(find('proxy')).toMatchObject({
      state: 'ok',
      seen: expect.stringContaining(`by ${proxy.url}; certificates of`),
    });
    expect(new Set(proxy.asked)).toEqual(new Set([`${HOST}:443`]));
    expect(sandbox.ledger.calls.map(({ endpoint }) => endpoint)).toEqual(['A1', 'L1', 'E5']);
    expect(output).not.toContain('word');
  });

  test('fail without the certificate, and the next step names the setting', async () => {
    const { find } = await look({});
    expect(find('region')).toMatchObject({
      state: 'fail',
      seen: expect.stringMatching(
        /certificate that is not trusted here \(by the proxy 127\.0\.0\.1:\d+\) \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
      ),
      next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(sandbox.ledger.calls).toEqual([]);
  });

  test('that the proxy does not let through are told as such', async () => {
    const { find } = await look({ NODE_EXTRA_CA_CERTS: CERTIFICATE, HTTPS_PROXY: proxy.url });
    expect(find('region')).toMatchObject({
      state: 'fail',
      seen: expect.stringContaining('407'),
      next: expect.stringContaining('Let the proxy'),
    });
  });

  test('go straight to what NO_PROXY excepts', async () => {
    const { find } = await look({ NODE_EXTRA_CA_CERTS: CERTIFICATE, NO_PROXY: 'feishu.test' });
    expect(find('region')).toMatchObject({
      state: 'fail',
      seen: expect.stringContaining('is no name that is known here'),
    });
    expect(proxy.asked).toEqual([]);
  });

  test('and the question whether Feishu can be reached goes by the same way', async () => {
    const before = process.env['HTTPS_PROXY'];
    process.env['HTTPS_PROXY'] = proxy.url;
    try {
      expect(await canConnect(`https://${HOST}`)).toBe(true);
    } finally {
      if (before === undefined) delete process.env['HTTPS_PROXY'];
      else process.env['HTTPS_PROXY'] = before;
    }
    expect(await canConnect(`https://${HOST}`)).toBe(false);
  });
});
