import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { withSession } from '../warehouse/index.ts';
import { configuredStore } from '../worker/programs/common/store-database.ts';
import { readSettings, readWarehouseSettings, SettingsError, type Settings } from '../worker/config.ts';
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

/** What is said of a warehouse that gives no session. */
async function saidOf(url: string): Promise<string> {
  const opened = withSession({ url: async () => url, schema: 'x' }, async () => undefined);
  return String(await opened.catch((thrown: unknown) => thrown));
}

describe('a warehouse', () => {
  const CLEAR = expect.stringMatching(/^WAREHOUSE_URL: takes sslmode=verify-full .*WAREHOUSE_ALLOW_CLEAR=1/);

  test.each(['', '?sslmode=disable', '?sslmode=no-verify', '?sslmode=require&uselibpqcompat=true', '?ssl=0'])(
    'on another machine is refused with "%s": nobody would look at its certificate',
    (more) => {
      const WAREHOUSE_URL = `postgres://loader:s3cr3t@192.0.2.2/vc${more}`;
      expect(problemsWith({ WAREHOUSE_URL })).toEqual([CLEAR]);
      expect(() => readWarehouseSettings({ WAREHOUSE_URL })).toThrow(SettingsError);
      expect(problemsWith({ WAREHOUSE_URL, WAREHOUSE_ALLOW_CLEAR: '0' })).toEqual([CLEAR]);
      expect(problemsWith({ WAREHOUSE_URL, WAREHOUSE_ALLOW_CLEAR: '1' })).toEqual([]);
    },
  );

  test.each([
    'postgres://u:p@db.example.com/vc?sslmode=verify-full',
    'postgres://u:p@127.0.0.1:5432/vc',
    'postgres://u:p@[::1]/vc',
    'postgres://u:p@localhost/vc',
    'postgres:///vc?host=/var/run/postgresql',
  ])('may be %s', (WAREHOUSE_URL) => expect(problemsWith({ WAREHOUSE_URL })).toEqual([]));

  test('whose parameter names another machine is one there', () => {
    expect(problemsWith({ WAREHOUSE_URL: 'postgres://u:p@127.0.0.1/vc?host=db.example.com' })).toEqual([CLEAR]);
  });

  test.each([
    'postgres://loader:pass@s3cr3t/word@127.0.0.1/vc',
    'postgres://loader:pass@s3cr3t@127.0.0.1/vc',
    'postgres://loader:1?s3cr3t@127.0.0.1/vc',
    'postgres://loader:1#s3cr3t@127.0.0.1/vc',
  ])('whose password is not encoded is refused, and no piece of it is told or looked up: %s', async (url) => {
    const [problem] = problemsWith({ WAREHOUSE_URL: url });
    expect(problem).toMatch(/percent-encoded$/);
    const said = await saidOf(url);
    expect(said).toMatch(/WAREHOUSE_URL cannot be read/);
    expect(`${problem} ${said}`).not.toContain('s3cr3t');
  });

  test('that does not answer is told by host and port, and what a parameter says in their place is not', async () => {
    expect(await saidOf('postgres://u:p@127.0.0.1:1/vc')).toContain('does not answer (127.0.0.1:1, ECONNREFUSED)');
    const parameter = await saidOf('postgres://u:p@127.0.0.1:1/vc?host=/tmp/s3cr3t');
    expect(parameter).toContain("does not answer (the host of WAREHOUSE_URL's parameter");
    expect(parameter).not.toContain('s3cr3t');
  });

  test('that asks for the password in clear is not told it, but where that is allowed', async () => {
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      // AuthenticationCleartextPassword.
      socket.once('data', () => socket.write(Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 3])));
      socket.on('data', (bytes) => void (received.push(bytes), received.length > 1 && socket.destroy()));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const url = async (): Promise<string> => `postgres://u:s3cr3t@127.0.0.1:${port}/vc`;
      const open = async (allowsClear: boolean): Promise<unknown> =>
        await withSession({ url, schema: 'x', allowsClear }, async () => undefined).catch((error: unknown) => error);
      expect(await open(false)).toMatchObject({ code: 'denied', seen: expect.stringMatching(/in clear/) });
      expect(Buffer.concat(received).toString('latin1')).not.toContain('s3cr3t');
      received.length = 0;
      await open(true);
      expect(Buffer.concat(received).toString('latin1')).toContain('s3cr3t');
    } finally {
      server.close();
    }
  });
});

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
    expect(() => readWarehouseSettings({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toThrow(/NODE_TLS_REJECT_UNAUTHORIZED/);
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      expect(() => configuredStore()).toThrow(/NODE_TLS_REJECT_UNAUTHORIZED/);
    } finally {
      vi.unstubAllEnvs();
    }
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
