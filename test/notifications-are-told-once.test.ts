/** Each cause is told of at most once, whatever dies when, and what reached nobody is tried again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApiTrouble, Deps } from '../activities/index.ts';
import { FileStore } from '../store/file-store.ts';
import type { Channel, Delivery } from '../worker/notify/channels.ts';
import { Marks, type MarkStore } from '../worker/notify/marks.ts';
import type { Notice } from '../worker/notify/notice.ts';
import { Notifier } from '../worker/notify/notifier.ts';

const MINUTE = 60_000;
const QUOTA = 'https://open.feishu.cn|cli_a';
const NEEDS_LOGIN: ApiTrouble = {
  scope: QUOTA,
  reason: 'feishu-vc login --profile hq: used elsewhere',
  sinceMs: Date.parse('2026-10-20T01:00:00Z'),
  person: { profile: 'hq', command: 'feishu-vc login --profile hq' },
};

let folder: string;
let store: FileStore;
let nowMs: number;
const told: Notice[] = [];
let state: { held: boolean; troubles: ApiTrouble[] };
let answer: Delivery;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notified-'));
  store = new FileStore(folder, { lockStaleAfterMs: 300 });
  nowMs = Date.parse('2026-10-20T02:00:00Z');
  told.length = 0;
  state = { held: true, troubles: [] };
  answer = { is: 'delivered' };
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function channel(name: Channel['name']): Channel {
  return {
    name,
    send: (notice) => {
      told.push(notice);
      return Promise.resolve(answer);
    },
    close: () => Promise.resolve(),
  };
}

/** A worker of its own on the same store, at a server where no backfill has ended. */
function worker(o: { store?: MarkStore; channels?: Channel[]; warnings?: string[] } = {}): Notifier {
  const deps = {
    client: { workflow: { list: async function* () {} } } as unknown as Deps['client'],
    store: (o.store ?? store) as FileStore,
    profile: () => ({ timeZone: 'Asia/Shanghai', quotaOf: QUOTA }) as ReturnType<Deps['profile']>,
    profileNames: () => ['hq'],
    apiLeaseState: () => Promise.resolve(state),
  };
  const logger = { info: () => undefined, warn: (_fields: object, message: string) => void o.warnings?.push(message) };
  const channels = o.channels ?? [channel('bot')];
  return new Notifier({ channels, deps, taskQueue: 'feishu-vc', logger, nowMs: () => nowMs });
}

describe('a wait for a log-in', () => {
  test('is told once to each receiver, by however many workers, however often they look and start anew', async () => {
    state.troubles = [NEEDS_LOGIN];
    const channels = [channel('bot'), channel('webhook')];
    const three = [worker({ channels }), worker({ channels }), worker({ channels })];
    for (let look = 0; look < 3; look++) await Promise.all(three.map((each) => each.look()));
    // The process that calls is another one, and has met the wait later.
    state.troubles = [{ ...NEEDS_LOGIN, sinceMs: NEEDS_LOGIN.sinceMs + 5000 }];
    await worker({ channels }).look();
    expect(told).toHaveLength(2);
    expect(told[0]).toStrictEqual({
      version: 1,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      at: '2026-10-20T02:00:00.000Z',
      kind: 'person_needed',
      profile: 'hq',
      command: 'feishu-vc login --profile hq',
      since: '2026-10-20T01:00:00.000Z',
    });
  });

  test('is told again where it comes again after it was over, and not where it was out of sight for minutes', async () => {
    const one = worker();
    const look = async (troubles: ApiTrouble[], afterMs: number) => {
      nowMs += afterMs;
      state = { held: true, troubles };
      await one.look();
    };
    await look([NEEDS_LOGIN], 0);
    await look([], MINUTE);
    await look([NEEDS_LOGIN], 5 * MINUTE);
    expect(told).toHaveLength(1);
    await look([], MINUTE);
    await look([], 11 * MINUTE);
    const again = { ...NEEDS_LOGIN, sinceMs: nowMs };
    await look([again], MINUTE);
    expect(told).toHaveLength(2);
    expect(told[1]!.id).not.toBe(told[0]!.id);
  });

  test('is not over while nobody makes calls', async () => {
    const one = worker();
    state.troubles = [NEEDS_LOGIN];
    await one.look();
    for (let look = 0; look < 3; look++) {
      nowMs += 11 * MINUTE;
      state = { held: false, troubles: [] };
      await one.look();
    }
    state = { held: true, troubles: [NEEDS_LOGIN] };
    await one.look();
    expect(told).toHaveLength(1);
  });

  test('that ends by itself is told to nobody', async () => {
    const { person: _person, ...endsByItself } = NEEDS_LOGIN;
    state.troubles = [endsByItself];
    await worker().look();
    expect(told).toHaveLength(0);
  });
});

describe('a process that dies', () => {
  class Death extends Error {}

  /** Everything that touches the disk after so many operations fails, as for a process that is no more. */
  function dyingAfter(operations: number): MarkStore {
    let left = operations;
    const step = (): void => {
      if (left-- <= 0) throw new Death('dead');
    };
    return {
      readJson: async (key) => (step(), await store.readJson(key)),
      writeJson: async (key, value) => {
        step();
        const written = await store.writeJson(key, value);
        step();
        return written;
      },
      remove: async (key) => (step(), await store.remove(key)),
      list: (prefix) => (step(), store.list(prefix)),
      withLock: async (key, fn, options) => {
        step();
        return await store.withLock(
          key,
          async (lock) => await fn({ assertHeld: async () => (step(), await lock.assertHeld()) }),
          options,
        );
      },
    };
  }

  test('at any of its steps has told at most once together with those that come after it', async () => {
    let deaths = 0;
    const wrong: object[] = [];
    for (let operations = 0; operations < 40; operations++) {
      told.length = 0;
      state.troubles = [
        { ...NEEDS_LOGIN, person: { profile: 'hq', command: `feishu-vc login --round ${operations}` } },
      ];
      const died = await worker({ store: dyingAfter(operations) })
        .look()
        .then(
          () => false,
          (error: unknown) => error instanceof Death,
        );
      if (died) deaths++;
      nowMs += 60 * MINUTE;
      await worker().look();
      await worker().look();
      if (told.length > 1 || (!died && told.length < 1)) wrong.push({ operations, told: told.length });
    }
    expect(wrong).toStrictEqual([]);
    expect(deaths).toBeGreaterThan(5);
  });

  test('while it sends is not made up for: the message may have arrived', async () => {
    state.troubles = [NEEDS_LOGIN];
    const dying: Channel = { ...channel('bot'), send: () => Promise.reject(new Death('dead')) };
    await expect(worker({ channels: [dying] }).look()).rejects.toThrow(Death);
    nowMs += 60 * MINUTE;
    await worker().look();
    expect(told).toHaveLength(0);
  });

  test('before it has set out to tell leaves it to the others', async () => {
    state.troubles = [NEEDS_LOGIN];
    await expect(worker({ store: dyingAfter(1) }).look()).rejects.toThrow(Death);
    await worker().look();
    expect(told).toHaveLength(1);
  });
});

describe('a receiver', () => {
  beforeEach(() => {
    state.troubles = [NEEDS_LOGIN];
  });

  test('that takes nothing is tried a few times, later and later, by whoever is there', async () => {
    answer = { is: 'refused', why: 'ECONNREFUSED' };
    const warnings: string[] = [];
    const atMs: number[] = [];
    const beganMs = nowMs;
    for (; nowMs < beganMs + 3 * 60 * MINUTE; nowMs += 15_000) {
      const before = told.length;
      await worker({ warnings }).look();
      if (told.length > before) atMs.push(nowMs - beganMs);
    }
    expect(atMs.map((ms) => ms / 1000)).toStrictEqual([0, 30, 90, 210, 450, 930, 1890, 3810]);
    expect(warnings.at(-1)).toContain('will not be tried again');
    expect(warnings.slice(0, -1).every((warning) => warning.endsWith('it will be tried again'))).toBe(true);
  });

  test('that takes it at a later try is told no more', async () => {
    answer = { is: 'refused', why: 'HTTP 429' };
    await worker().look();
    answer = { is: 'delivered' };
    for (let look = 0; look < 4; look++) {
      nowMs += MINUTE;
      await worker().look();
    }
    expect(told).toHaveLength(2);
  });

  test('that may have taken it is left alone', async () => {
    answer = { is: 'unknown', why: 'HTTP 502' };
    await worker().look();
    nowMs += 60 * MINUTE;
    answer = { is: 'delivered' };
    await worker().look();
    expect(told).toHaveLength(1);
  });
});

describe('marks', () => {
  test('that are damaged count as told', async () => {
    await store.prepare();
    await store.put('notified/bot/x.json', '{"state": "to');
    await store.writeJson('notified/bot/y.json', { state: 'something else' });
    const keys = ['notified/bot/x.json', 'notified/bot/y.json'];
    expect(await new Marks(store).take(keys)).toStrictEqual({ taken: [], settled: true });
  });

  test('that were set again since are not forgotten', async () => {
    await store.prepare();
    const marks = new Marks(store, () => nowMs);
    await marks.take(['notified/bot/x.json']);
    await marks.forget('notified/bot/x.json', nowMs - 1);
    expect(await store.exists('notified/bot/x.json')).toBe(true);
    await marks.forget('notified/bot/x.json', nowMs + 1);
    expect(await store.exists('notified/bot/x.json')).toBe(false);
  });
});
