/** The disk of the data folder is full before an export has its first file, and runs full in its middle. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tornFiles } from '../store/commit.ts';
import { TEMP_PREFIX } from '../store/keys.ts';
import { expectExact, wantedOf } from './support/compare.ts';
import { manifestOf, SMALL, topLevel } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, until } from './support/operators.ts';
import { pendingFailures } from './support/pending.ts';
import { startProduct, type Product } from './support/product.ts';
import { startSmallDisk, type SmallDisk } from './support/small-disk.ts';

const cli = await temporalCli();
const DAY = '2025-03-04';
const DISK_BYTES = 4 * 1024 * 1024;
/** Slow enough that the disk runs full while most sessions are still to be asked about. */
const RATE_LIMIT = '10/1s';
/** Tries of one activity, each of which could have been a call. */
const MANY_TRIES = 5;

describe.skipIf(!cli)('a day whose disk is full', () => {
  let disk: SmallDisk;
  let product: Product;
  beforeAll(async () => {
    disk = await startSmallDisk(DISK_BYTES);
    product = await startProduct({
      cli: cli!,
      dataDir: disk.path,
      sandbox: {
        ...SMALL,
        meetingsPerDay: 6,
        participantsPerMeeting: 6,
        longMeetings: false,
        rateLimit: RATE_LIMIT,
        window: 'sliding',
      },
      env: { FEISHU_RATE_LIMIT: RATE_LIMIT },
    });
  });
  afterAll(async () => {
    await product.stop();
    await disk.close();
  });

  /** Waits until the operator reads of the disk, at an activity that was tried so often. */
  const diskIsFull = async (tries: number): Promise<void> => {
    await until(async () =>
      (await pendingFailures(product.client)).some(
        ({ type, message, attempt }) =>
          type === 'StoreUnavailable' && message.includes('the disk is full: free space there') && attempt >= tries,
      ),
    );
  };
  /** The most often that one and the same thing was asked for. */
  const mostRepeated = (): number => {
    const asked = new Map<string, number>();
    for (const { endpoint, params } of callsSince(product, 0)) {
      // Looking again at a task is how one waits for it.
      if (endpoint === 'E5') continue;
      const key = JSON.stringify([endpoint, params]);
      asked.set(key, (asked.get(key) ?? 0) + 1);
    }
    return Math.max(...asked.values());
  };
  /** Sessions whose minutes lie in the stage. */
  const sessionsStored = async (): Promise<number> => {
    const names = await readdir(`${disk.path}/raw`, { recursive: true });
    return names.filter((name) => /^participant_quality_list.*record\.json$/.test(name)).length;
  };

  test('waits without asking Feishu again and again, goes on where there is room, and ends exact', async () => {
    const { sandbox, client, store, dataDir } = product;
    await disk.fill();
    const run = await client.start('exportDay', { day: DAY, room_level_id: topLevel(sandbox.tenant) });
    await diskIsFull(MANY_TRIES);
    expect(mostRepeated()).toBe(1);

    await disk.free();
    await until(async () => (await sessionsStored()) > 3);
    await disk.fill();
    await diskIsFull(MANY_TRIES);
    const units = wantedOf(sandbox.tenant, [DAY]).get(DAY)!.units.length;
    expect(await sessionsStored()).toBeLessThan(units);
    expect(mostRepeated()).toBeLessThan(MANY_TRIES - 1);

    await disk.free();
    expect((await run.result()).complete).toBe(true);
    // One call whose answer found no place and the one after it; one more where others' leavings made a little room.
    expect(mostRepeated()).toBeLessThan(MANY_TRIES - 1);
    expect(sandbox.ledger.calls.filter((call) => call.throttled)).toStrictEqual([]);
    await expectExact(product, [DAY]);
    expect((await manifestOf(dataDir, DAY)).unknown_creates).toBe(0);
    const { tables } = await manifestOf(dataDir, DAY);
    expect(await tornFiles(store, Object.values(tables))).toStrictEqual([]);
    const left = (await readdir(dataDir, { recursive: true })).filter((name) => name.includes(TEMP_PREFIX));
    expect(left).toStrictEqual([]);
  });
});
