import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compareText } from '../store/file-io.ts';
import { FileStore } from '../store/file-store.ts';
import { openStore } from '../store/open-store.ts';
import { STORE_KINDS } from './support/store-kinds.ts';

/** An owner that lives is heard of within it, even where the machine lets it stand for seconds. */
const STALE_MS = 5_000;

let dataUrl: string;
/** Of this test, for what is no part of the store. */
let folder: string;
let children: ChildProcessWithoutNullStreams[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-locks-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

interface Child {
  process: ChildProcessWithoutNullStreams;
  nextLine(): Promise<string>;
  ended: Promise<unknown>;
}

function start(role: string, argument: string | number, staleAfterMs = 30_000): Child {
  const script = join(import.meta.dirname, 'store-child.ts');
  const child = spawn(process.execPath, [
    '--import',
    'tsx',
    script,
    role,
    dataUrl,
    String(argument),
    String(staleAfterMs),
    join(folder, 'turns.log'),
  ]);
  children.push(child);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => (await lines.next()).value ?? 'ended';
  return { process: child, nextLine, ended: once(child, 'exit') };
}

/** The critical sections in order, as [process, whether it left]. Throws where one was entered before the other was left. */
async function turns(): Promise<[string, boolean][]> {
  const seen: [string, boolean][] = [];
  for (const line of (await readFile(join(folder, 'turns.log'), 'utf8')).trim().split('\n')) {
    const [what = '', pid = ''] = line.split(' ');
    const last = seen.at(-1);
    if (what === 'enter') seen.push([pid, false]);
    else if (last?.[0] === pid && !last[1]) last[1] = true;
    else throw new Error(`process ${pid} left, and ${last?.[0]} was inside`);
  }
  return seen;
}

/** The process that is inside now, or that was a moment ago. */
async function waitForOwner(fighters: Child[]): Promise<Child[]> {
  for (;;) {
    await sleep(20);
    const text = await readFile(join(folder, 'turns.log'), 'utf8').catch(() => '');
    const owner = /enter (\d+)\n$/.exec(text)?.[1];
    const found = fighters.filter(({ process }) => String(process.pid) === owner && process.exitCode === null);
    if (found.length > 0) return found;
  }
}

function claim(profile: string, timeZone: string, dayScope = 'q', owner: object = {}): Promise<string> {
  return openStore(dataUrl).claim({ apiHost: 'https://open.feishu.cn', profile, timeZone, dayScope, ...owner });
}

describe.each(STORE_KINDS)('in $name', (kind) => {
  beforeAll(() => (kind.isHere ? kind.start() : undefined));
  afterAll(() => kind.stop());
  beforeEach(async () => {
    if (kind.isHere) dataUrl = await kind.makePlace();
  });

  describe.skipIf(!kind.isHere)('between processes', () => {
    test('four processes that fight for a lock are never inside together, and all get their turns', async () => {
      const fighters = Array.from({ length: 4 }, () => start('takeTurns', 25));
      await Promise.all(fighters.map((fighter) => fighter.ended));
      const seen = await turns();
      expect(seen).toHaveLength(100);
      expect(seen.every(([, left]) => left)).toBe(true);
      for (const { process } of fighters) expect(seen.filter(([pid]) => pid === String(process.pid))).toHaveLength(25);
    });

    test('when owners are killed inside, exactly one of those who wait takes over', async () => {
      const fighters = Array.from({ length: 3 }, () => start('takeTurns', 1_000_000, STALE_MS));
      for (let killed = 0; killed < 2; killed += 1) {
        const [victim] = await waitForOwner(fighters);
        victim?.process.kill('SIGKILL');
        await victim?.ended;
        const before = (await turns()).length;
        while ((await turns()).length < before + 10) await sleep(50);
      }
      for (const { process, ended } of fighters) {
        process.kill('SIGKILL');
        await ended;
      }
      const dead = (await turns()).filter(([, left]) => !left);
      expect(dead.length).toBeLessThanOrEqual(fighters.length);
      expect(new Set(dead.map(([pid]) => pid)).size).toBe(dead.length);
    });

    test('an owner that was stopped for too long loses the lock and is told so', async () => {
      const owner = start('hold', 'day', 1_000);
      expect(await owner.nextLine()).toBe('held');
      owner.process.stdin.write('still mine?\n');
      expect(await owner.nextLine()).toBe('yes');
      owner.process.kill('SIGSTOP');
      const store = openStore(dataUrl, { lockStaleAfterMs: 1_000 });
      await store.withLock('day', async (lock) => {
        owner.process.kill('SIGCONT');
        owner.process.stdin.write('still mine?\n');
        expect(await owner.nextLine()).toBe('busy');
        owner.process.stdin.write('leave\n');
        await owner.ended;
        // What the late owner does on its way out does not touch the lock of the new one.
        await lock.assertHeld();
        await expect(store.withLock('day', async () => {}, { waitMs: 0 })).rejects.toMatchObject({ code: 'busy' });
      });
    });

    test('an owner that lives keeps the lock for longer than the stale time', async () => {
      const owner = start('hold', 'day', STALE_MS);
      expect(await owner.nextLine()).toBe('held');
      const store = openStore(dataUrl, { lockStaleAfterMs: STALE_MS });
      const waiting = store.withLock('day', async () => {}, { waitMs: 1.3 * STALE_MS });
      await expect(waiting).rejects.toMatchObject({
        code: 'busy',
        message: expect.stringContaining(`process ${owner.process.pid} on`),
      });
      owner.process.stdin.write('leave\n');
      await owner.ended;
      expect(await store.withLock('day', async () => 'mine')).toBe('mine');
    });
  });

  describe.skipIf(!kind.isHere)('within a process', () => {
    test('callers of one lock go one after the other, callers of different locks together', async () => {
      const store = openStore(dataUrl);
      let inside = 0;
      let most = 0;
      const enter = async (): Promise<void> => {
        inside += 1;
        most = Math.max(most, inside);
        await sleep(2);
        inside -= 1;
      };
      await Promise.all(Array.from({ length: 10 }, () => store.withLock('same', enter)));
      expect(most).toBe(1);
      await store.withLock('one', () => store.withLock('other', async () => {}));
    });

    test('a lock is given back when the work fails, and the failure comes out unchanged', async () => {
      const store = openStore(dataUrl);
      const failure = new Error('no');
      await expect(store.withLock('day', () => Promise.reject(failure))).rejects.toBe(failure);
      expect(await store.withLock('day', async () => 'free', { waitMs: 0 })).toBe('free');
    });

    test('waiting ends when the caller is cancelled', async () => {
      const store = openStore(dataUrl);
      await store.withLock('day', async () => {
        const signal = AbortSignal.timeout(50);
        await expect(store.withLock('day', async () => {}, { signal })).rejects.toMatchObject({
          name: expect.stringMatching(/AbortError|TimeoutError/),
        });
      });
    });
  });

  describe.skipIf(!kind.isHere)('claiming a store', () => {
    test('of processes with two API hosts that claim a new store at once, those of one host win', async () => {
      const hosts = ['https://open.feishu.cn', 'https://open.larksuite.com'];
      const claimants = Array.from({ length: 4 }, (_, index) => ({
        host: hosts[index % 2],
        child: start('claim', hosts[index % 2] ?? ''),
      }));
      const answers = await Promise.all(
        claimants.map(async ({ host, child }) => ({ host, answer: await child.nextLine() })),
      );
      const winner = answers.find(({ answer }) => answer === 'claimed')?.host;
      expect(winner).toBeDefined();
      for (const { host, answer } of answers) expect(answer).toBe(host === winner ? 'claimed' : 'refused');
    });

    test('tells each claim of a profile the scope of its days that the first one named, also in a store without one', async () => {
      expect(await claim('shared', 'UTC', 'first-queue')).toBe('first-queue');
      expect(await claim('shared', 'UTC', 'second-queue')).toBe('first-queue');
      const earlier = { version: 1, apiHost: 'https://open.feishu.cn', profiles: { old: { timeZone: 'UTC' } } };
      await openStore(dataUrl).writeJson('store.json', earlier);
      expect(await claim('old', 'UTC', 'second-queue')).toBe('second-queue');
      expect(await claim('old', 'UTC', 'first-queue')).toBe('second-queue');
    });

    test('profiles that are claimed at once are all remembered, with any name', async () => {
      const names = ['default', '__proto__', 'constructor', 'a/b', '会议', ''];
      await Promise.all(names.map((name) => claim(name, 'Asia/Shanghai')));
      const profiles = (await openStore(dataUrl).identity())?.profiles ?? {};
      expect(Object.keys(profiles).toSorted(compareText)).toEqual(names.toSorted(compareText));
      for (const name of names) {
        await claim(name, 'Asia/Shanghai');
        await expect(claim(name, 'Europe/Berlin')).rejects.toMatchObject({
          code: 'refused',
          message: expect.stringMatching(/Asia\/Shanghai.*Europe\/Berlin/),
        });
      }
    });

    test('another API host is refused with both names', async () => {
      const store = openStore(dataUrl);
      await store.claim({
        apiHost: 'https://open.feishu.cn',
        profile: 'default',
        timeZone: 'Asia/Shanghai',
        dayScope: 'q',
      });
      await expect(
        store.claim({ apiHost: 'http://127.0.0.1:4000', profile: 'other', timeZone: 'Asia/Shanghai', dayScope: 'q' }),
      ).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringMatching(/open\.feishu\.cn.*127\.0\.0\.1:4000.*another DATA_URL/),
      });
    });

    test('another app or tenant for the same profile is refused, with what to do; another profile may have it', async () => {
      await claim('hq', 'UTC', 'q', { appId: 'cli_a', tenantKey: 'tenant-1' });
      await expect(claim('hq', 'UTC', 'q', { appId: 'cli_b', tenantKey: 'tenant-1' })).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringMatching(
          /profile hq holds data of app cli_a, and is now configured with cli_b\..*another DATA_URL.*Give cli_b a profile of its own/,
        ),
      });
      await expect(claim('hq', 'UTC', 'q', { appId: 'cli_a', tenantKey: 'tenant-2' })).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringMatching(/data of tenant tenant-1, and is now configured with tenant-2/),
      });
      await claim('branch', 'UTC', 'q', { appId: 'cli_b', tenantKey: 'tenant-2' });
      await claim('hq', 'UTC', 'q', { appId: 'cli_a', tenantKey: 'tenant-1' });
    });

    test('a store that knows no app of a profile takes the first that comes, and keeps what else it knows', async () => {
      const profiles = { hq: { timeZone: 'UTC', dayScope: 'first-queue' }, other: { timeZone: 'Asia/Tokyo' } };
      const store = openStore(dataUrl);
      await store.writeJson('store.json', { version: 1, apiHost: 'https://open.feishu.cn', profiles });
      // A user's token names no app: nothing is compared, and nothing is written down.
      expect(await claim('hq', 'UTC')).toBe('first-queue');
      expect(await store.readJson('store.json')).toMatchObject({ profiles });
      expect(await claim('hq', 'UTC', 'second-queue', { appId: 'cli_a' })).toBe('first-queue');
      expect(await claim('hq', 'UTC')).toBe('first-queue');
      await expect(claim('hq', 'UTC', 'q', { appId: 'cli_b' })).rejects.toMatchObject({ code: 'refused' });
      await claim('hq', 'UTC', 'q', { appId: 'cli_a', tenantKey: 'tenant-1' });
      expect(await store.readJson('store.json')).toStrictEqual({
        version: 1,
        apiHost: 'https://open.feishu.cn',
        profiles: { ...profiles, hq: { ...profiles.hq, appId: 'cli_a', tenantKey: 'tenant-1' } },
      });
    });

    test('of two apps that claim one profile at once, one is refused', async () => {
      const claims = ['cli_a', 'cli_b'].map((appId) => claim('hq', 'UTC', 'q', { appId }));
      const ends = (await Promise.allSettled(claims)).map(({ status }) => status);
      expect(ends.toSorted()).toEqual(['fulfilled', 'rejected']);
    });

    test.each(['{', '[]', 'null', '{"version":1,"apiHost":"h"}', '{"version":2,"apiHost":"h","profiles":{}}'])(
      'a store description %j is damaged, not overwritten',
      async (text) => {
        const store = openStore(dataUrl);
        await store.put('store.json', text);
        await expect(store.claim({ apiHost: 'h', profile: 'p', timeZone: 'UTC', dayScope: 'q' })).rejects.toMatchObject(
          {
            code: 'damaged',
          },
        );
        expect(String(await store.read('store.json'))).toBe(text);
      },
    );
  });
});

describe('of a folder alone', () => {
  let root: string;
  let store: FileStore;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'store-locks-'));
    store = new FileStore(root, { lockStaleAfterMs: 60_000 });
  });

  test('a heartbeat that looks old is not enough: the machine may have slept', async () => {
    await store.withLock('day', async () => {
      const locks = join(root, '.locks', 'day');
      const hourAgo = new Date(Date.now() - 3_600_000);
      for (const name of await readdir(locks)) await utimes(join(locks, name), hourAgo, hourAgo);
      await expect(store.withLock('day', async () => {}, { waitMs: 500 })).rejects.toMatchObject({ code: 'busy' });
    });
  });

  test('locks leave one small file each, however often they are taken', async () => {
    for (let turn = 0; turn < 5; turn += 1) await store.withLock('a/b', async () => {});
    expect(await readdir(join(root, '.locks', 'a%2Fb'))).toEqual(['5']);
  });
});
