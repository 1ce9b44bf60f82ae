/** The key of a session is a hash that can be tried out. It is in the paths of its files, and these are in what goes wrong. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoreCircuitBreaker } from '../activities/calls/store-circuit-breaker.ts';
import { failureOf } from '../activities/failures.ts';
import { pageKey, recordKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { StoreError, toStoreError } from '../store/errors.ts';
import { FileStore } from '../store/file-store.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO } from './support/staged-day.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const UNIT: UnitLocation = {
  kind: 'day',
  profile: 'default',
  day: DAY,
  generation: 1,
  resource: 'participant_quality_list',
  unit: `${KEY}.list`,
};
const PATH = `/data/${pageKey(UNIT, 1)}`;
const SAID = `/data/raw/participant_quality_list/profile=default/day=${DAY}/<session>.list/1-page-00001.json.gz`;

function fullDisk(): StoreError {
  const errno = Object.assign(new Error(`ENOSPC: no space left on device, open '${PATH}'`), {
    errno: -28,
    code: 'ENOSPC',
    path: PATH,
  });
  return toStoreError(errno, { action: 'write', path: PATH }) as StoreError;
}

test.each([
  { is: 'wait', type: 'StoreUnavailable', delayMs: 1 },
  { is: 'retry', type: 'StoreUnavailable', delayMs: 1 },
  { is: 'final', type: 'StoreUnavailable' },
] as const)('a failure that is to $is says what went wrong, and nowhere of whom', (next) => {
  const failure = failureOf(next, fullDisk());
  expect(failure.message).toBe(fullDisk().message.replace(PATH, SAID));
  expect(inspect(failure, { depth: 10 })).not.toContain(KEY);
  const other = new StoreError('unavailable', 'Cannot write /data/manifests/x: the disk is full.');
  const kept = failureOf(next, other);
  expect(kept).toMatchObject({ message: other.message, ...(next.is !== 'wait' && { cause: other }) });
});

test('what keeps answers from being stored is said without it, to those who ask and in the log', async () => {
  const logged: unknown[] = [];
  const log = (...said: unknown[]) => void logged.push(said);
  const breaker = new StoreCircuitBreaker(
    { tryWriting: () => Promise.reject(fullDisk()) },
    { nowMs: () => 1, logger: { info: log, warn: log } },
  );
  await breaker.storing(1, () => Promise.reject(fullDisk())).catch(() => {});
  expect(breaker.trouble?.reason).toContain('the disk is full');
  expect(inspect([breaker.trouble, logged], { depth: 10 })).not.toContain(KEY);
});

let folder: string;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-unnamed-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

test('a day whose session has a record that cannot be read says so in its gaps without it', async () => {
  const [start, end] = [FROM + 9 * HOUR, FROM + 10 * HOUR];
  const people = ['a', 'b'].map((name) => ({ name, kind: 'user' as const, join: start, leave: end, shown: start }));
  const day = new StagedDay(new FileStore(folder), {
    meetings: [{ no: '100000001', start, end, people }],
    bookings: [],
  });
  const units: string[] = [];
  const { manifest, told } = await day.run(ASK, {
    at: TO + 31 * HOUR,
    outcome: ({ resource, unit }) => {
      const location: UnitLocation = { ...UNIT, unit: units[0] ?? '' };
      if (units.length > 0) writeFileSync(join(folder, recordKey(location)), '{');
      if (resource === 'participant_quality_list') units.push(unit);
      return 'ok';
    },
  });
  expect(units).toHaveLength(2);
  // The manifest lies in the store, and names the file to whoever mends it.
  expect(JSON.stringify(manifest.gaps)).toContain(units[0]);
  const reason = expect.stringMatching(
    /^quality_minutes: failed: damaged record raw\/.*\/<session>\.list\/record\.json: /,
  );
  expect(told.gaps).toContainEqual({ reason, count: 1 });
  expect(JSON.stringify(told)).not.toContain(units[0]!.split('.')[0]);
});
