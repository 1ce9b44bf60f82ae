/** What a bucket does under a store, and what the store makes of it. Real server, real signatures; trouble by a proxy before it. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BucketClient } from '../store/bucket-client.ts';
import { commitFiles, tornFiles } from '../store/commit.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { startS3Proxy, type Asked, type Fate, type S3Proxy } from './support/s3-proxy.ts';
import { envOf, s3Program, SECRET, startS3Server, type S3Server } from './support/s3-server.ts';
import { everythingIn } from './support/store-kinds.ts';

const MIB = 1024 * 1024;
const NAMES = ['a', 'b', 'c'];
const isPut = ({ method }: Asked): boolean => method === 'PUT';
const program = s3Program();

describe.skipIf(program === undefined)('a bucket', () => {
  let server: S3Server;
  let proxy: S3Proxy;
  let bucket: string;
  let store: Store;
  let fateOf: (asked: Asked) => Fate | Promise<Fate>;
  let done: (asked: Asked) => void | Promise<void>;

  beforeAll(async () => {
    server = await startS3Server(program!);
    proxy = await startS3Proxy(
      server.url,
      (asked) => fateOf(asked),
      (asked) => done(asked),
    );
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });
  beforeEach(async () => {
    Object.assign(process.env, envOf(proxy.url));
    [fateOf, done] = [() => 'pass', () => undefined];
    bucket = await server.makeBucket();
    store = openStore(`s3://${bucket}/p`);
  });
  afterEach(() => {
    delete process.env['AWS_MAX_ATTEMPTS'];
  });

  /** Gives this fate to the first so many requests of a kind. */
  function first(times: number, fate: Fate, ofKind: (asked: Asked) => boolean = () => true): void {
    let left = times;
    fateOf = (asked) => (ofKind(asked) && left-- > 0 ? fate : 'pass');
  }

  describe('that is in trouble', () => {
    test('and says so for a moment is asked again, and nothing is lost', async () => {
      first(2, 'busy');
      await store.put('f', 'x');
      expect(String(await store.read('f'))).toBe('x');
    });

    test('and goes on saying so is unavailable, with what it said', async () => {
      fateOf = () => 'busy';
      await expect(store.put('f', 'x')).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/overloaded or away.*SlowDown, HTTP 503/),
      });
    });

    test('since it is full says that, and what to do', async () => {
      fateOf = () => 'full';
      await expect(store.put('f', 'x')).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/is full: free space there.*InsufficientStorage, HTTP 507/),
      });
    });

    test('and cuts an upload in its middle leaves the old file, or has the new one whole after another try', async () => {
      await store.put('f', 'old');
      first(1, 'cut', isPut);
      await store.put('f', Buffer.alloc(2 * MIB, 'n'));
      expect((await store.read('f')).length).toBe(2 * MIB);
      process.env['AWS_MAX_ATTEMPTS'] = '1';
      const hasty = openStore(`s3://${bucket}/p`);
      first(1, 'cut', isPut);
      await expect(hasty.put('f', Buffer.alloc(MIB, 'o'))).rejects.toMatchObject({ code: 'unavailable' });
      expect((await store.read('f')).length).toBe(2 * MIB);
    });

    test('and takes one part of a long upload in its half leaves the old file and no parts', async () => {
      await store.put('f', 'old');
      process.env['AWS_MAX_ATTEMPTS'] = '1';
      const hasty = openStore(`s3://${bucket}/p`);
      first(1, 'cut', ({ path }) => path.includes('partNumber=2'));
      await expect(hasty.put('f', longSource())).rejects.toMatchObject({ code: 'unavailable' });
      expect(String(await store.read('f'))).toBe('old');
      expect(await unfinishedUploads()).toBe(0);
    });

    test('and loses the answer to a write that replaces a version has written it once, and says so', async () => {
      for (const replacing of [null, 'seen'] as const) {
        const version = replacing === null ? null : await store.version('f');
        first(1, 'lose-answer', isPut);
        await store.put('f', `over ${version}`, { replacing: version });
        expect(String(await store.read('f'))).toBe(`over ${version}`);
      }
      first(1, 'lose-answer', ({ method, path }) => method === 'POST' && path.includes('uploadId'));
      await store.put('f', longSource(), { replacing: await store.version('f') });
      expect((await store.read('f')).length).toBe(20 * MIB);
    });

    test('and loses the answers to heartbeats leaves the lock with its owner', async () => {
      const owner = openStore(`s3://${bucket}/p`, { lockStaleAfterMs: 600 });
      const name = await owner.withLock('day', async (lock) => {
        const beats: Asked[] = [];
        fateOf = (asked) => (isPut(asked) && beats.push(asked) % 2 === 1 ? 'lose-answer' : 'pass');
        while (beats.length < 6) await sleep(50);
        await lock.assertHeld();
        return 'held';
      });
      expect(name).toBe('held');
      fateOf = () => 'pass';
      expect(await store.withLock('day', async () => 'next', { waitMs: 2_000 })).toBe('next');
    });

    test('and cuts a download in its middle gives an error, not a short file', async () => {
      await store.put('f', Buffer.alloc(4 * MIB, 'x'));
      const stream = await store.readStream('f');
      stream.once('data', () => proxy.drop());
      await expect(buffer(stream)).rejects.toMatchObject({ code: 'unavailable' });
    });
  });

  describe('that may not be used', () => {
    const attempts: [string, (store: Store) => Promise<unknown>][] = [
      ['looked at', (place) => place.prepare()],
      ['read', (place) => place.read('f')],
      ['looked up', (place) => place.exists('f')],
      ['written', (place) => place.put('f', 'x')],
      ['listed', (place) => place.list().next()],
      ['locked', (place) => place.withLock('f', async () => {})],
    ];

    test.each(attempts)(
      'is unavailable when it is %s with a wrong secret, which no message holds',
      async (_, attempt) => {
        process.env['AWS_SECRET_ACCESS_KEY'] = 'hunter2';
        const failure = await failureOf(attempt(openStore(`s3://${bucket}/p`)));
        expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/credentials/) });
        expect(everythingOf(failure)).not.toMatch(new RegExp(`hunter2|tester|${SECRET}|Signature=`));
      },
    );

    test.each(attempts)('is unavailable when it is %s and does not exist', async (_, attempt) => {
      const failure = await failureOf(attempt(openStore('s3://there-is-none/p')));
      expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/there is no.*bucket/i) });
    });

    test.each([
      ['no credentials', { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /no credentials were found/],
      ['no region', { AWS_REGION: '' }, /set AWS_REGION/],
      ['nobody who answers', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, /does not answer/],
    ])('for want of %s is unavailable, with what to do', async (_, env, says) => {
      Object.assign(process.env, env, { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null' });
      const failure = await failureOf(openStore(`s3://${bucket}/p`).put('f', 'x'));
      expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringMatching(says) });
    });

    test('since the clock of this machine is wrong is used all the same: the client corrects itself by the server', async () => {
      const behind = Date.now() - 3_600_000;
      const started = performance.now();
      const real = Date.now;
      Date.now = () => behind + (performance.now() - started);
      try {
        await openStore(`s3://${bucket}/p`).put('f', 'x');
      } finally {
        Date.now = real;
      }
      expect(String(await store.read('f'))).toBe('x');
    });
  });

  describe('whose writers meet', () => {
    test('lets one of those that saw the same version succeed', async () => {
      await store.put('f', 'first');
      const replacing = await store.version('f');
      const writers = Array.from({ length: 8 }, (_, index) => store.put('f', `writer ${index}`, { replacing }));
      const outcomes = await Promise.allSettled(writers);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('tells at the start where its server takes no conditional writes, and what does not hold then', async () => {
      fateOf = ({ headers }) => (isConditional(headers) ? 'unknown' : 'pass');
      expect(await store.shortcomings()).toEqual([expect.stringMatching(/no conditional writes.*run one worker/)]);
      expect(await everythingIn(store)).toEqual([]);
    });

    test('works for one worker where its server takes no conditional writes', async () => {
      fateOf = ({ headers }) => (isConditional(headers) ? 'unknown' : 'pass');
      await store.withLock('day', async (lock) => lock.assertHeld());
      await store.put('f', 'x', { replacing: null });
      expect(String(await store.read('f'))).toBe('x');
    });
  });

  describe('in which a commit is killed', () => {
    /** The lock, three files, the manifest, the lock again. */
    const WRITES = [0, 1, 2, 3, 4, 5];

    test.each(WRITES.flatMap((write) => [[write, 'before'] as const, [write, 'after'] as const]))(
      'at write %i, %s it, has one commit whole, and takes the next',
      async (write, when) => {
        await commit(1);
        const child = spawn(
          process.execPath,
          ['--import', 'tsx', join(import.meta.dirname, 'store-child.ts'), 'commitForEver', `s3://${bucket}/p`, '2'],
          { stdio: ['ignore', 'ignore', 'inherit'] },
        );
        const ended = once(child, 'exit');
        let writes = 0;
        const kill = async (): Promise<void> => {
          child.kill('SIGKILL');
          await ended;
        };
        fateOf = async (asked) => {
          if (isPut(asked) && writes++ === write && when === 'before') await kill();
          return child.killed && when === 'before' ? 'drop' : 'pass';
        };
        done = async (asked) => {
          if (isPut(asked) && writes === write + 1 && when === 'after') await kill();
        };
        await ended;
        [fateOf, done] = [() => 'pass', () => undefined];
        const passed = write + (when === 'after' ? 1 : 0);
        const inForce = await store.readJson('manifest.json');
        expect(inForce).toMatchObject({ version: passed >= 5 ? 2 : 1 });
        const whole = await tornFiles(store, filesOf(passed >= 5 ? 2 : 1));
        expect(whole).toEqual(passed >= 5 ? [] : NAMES.slice(0, Math.min(Math.max(passed - 1, 0), 3)).map(keyOf));
        await commit(3, 500);
        expect(await tornFiles(store, filesOf(3))).toEqual([]);
      },
    );
  });

  describe('that is swept', () => {
    beforeEach(async () => {
      process.env['TMPDIR'] = await mkdtemp(join(tmpdir(), 'store-bucket-'));
    });
    afterEach(() => {
      delete process.env['TMPDIR'];
    });

    test('gives up uploads that nobody finished, takes trials away, and leaves files and locks', async () => {
      await store.put('f', 'x');
      await store.withLock('day', async () => {});
      process.env['AWS_MAX_ATTEMPTS'] = '1';
      fateOf = ({ method, path }) => (method === 'DELETE' || path.includes('partNumber=2') ? 'busy' : 'pass');
      const dying = openStore(`s3://${bucket}/p`);
      await expect(dying.put('f', longSource())).rejects.toMatchObject({ code: 'unavailable' });
      await expect(dying.tryWriting(10)).rejects.toMatchObject({ code: 'unavailable' });
      fateOf = () => 'pass';
      // What a process that was killed had under way.
      await mkdir(join(tmpdir(), 'feishu-vc-store-Dead01', 'tables'), { recursive: true });
      expect(await unfinishedUploads()).toBe(1);
      expect((await store.sweep()).temporary).toBe(0);
      expect((await store.sweep(0)).temporary).toBe(3);
      expect(await readdir(tmpdir())).toEqual([]);
      expect(await unfinishedUploads()).toBe(0);
      expect(await everythingIn(store)).toEqual(['f']);
      expect(await store.withLock('day', async () => 'again')).toBe('again');
    });
  });

  test('keeps stores with different prefixes apart', async () => {
    const other = openStore(`s3://${bucket}/p2`);
    const whole = openStore(`s3://${bucket}`);
    await store.put('f', 'of p');
    await other.put('f', 'of p2');
    expect(String(await store.read('f'))).toBe('of p');
    expect(await everythingIn(store)).toEqual(['f']);
    expect(await everythingIn(whole)).toEqual(['p/f', 'p2/f']);
  });

  /** As the child process commits. */
  async function commit(version: number, lockStaleAfterMs?: number): Promise<void> {
    const into = openStore(`s3://${bucket}/p`, lockStaleAfterMs === undefined ? {} : { lockStaleAfterMs });
    const files = [];
    for (const name of NAMES) {
      const tempPath = await into.tempPath();
      await writeFile(tempPath, versionText(name, version));
      files.push({ tempPath, key: keyOf(name) });
    }
    const buildManifest = () => ({ version });
    await commitFiles(into, { lockKey: 'day', files, manifestKey: 'manifest.json', buildManifest });
  }

  async function unfinishedUploads(): Promise<number> {
    let count = 0;
    for await (const _ of new BucketClient({ bucket, prefix: 'p/', pathStyle: true, clearText: false }).unfinished())
      count += 1;
    return count;
  }
});

function isConditional(headers: Asked['headers']): boolean {
  return headers['if-match'] !== undefined || headers['if-none-match'] !== undefined;
}

async function* longSource() {
  for (let index = 0; index < 20; index += 1) yield Buffer.alloc(MIB, index);
}

async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  return await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** What any log could show of an error. */
function everythingOf(error: unknown): string {
  return inspect(error, { depth: 10, showHidden: true });
}

function keyOf(name: string): string {
  return `data/${name}`;
}

/** What the child process writes. */
function versionText(name: string, version: number): string {
  return `${name} version ${version}\n`.repeat(5_000);
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function filesOf(version: number) {
  return NAMES.map((name) => ({ key: keyOf(name), sha256: sha256Of(versionText(name, version)) }));
}
