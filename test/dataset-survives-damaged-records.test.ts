/** Records under raw/ that are not what was written: by hand, by a bad disk, by another version. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitDay } from '../dataset/commit-day.ts';
import { findManifest } from '../dataset/manifest.ts';
import { readRecord, writeRecord } from '../dataset/records.ts';
import { readIndex } from '../dataset/stage-index.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import type { UnitRecord } from '../dataset/unit-record.ts';
import { manifestKey, pageKey, recordKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { StoreError } from '../store/errors.ts';
import { FileStore } from '../store/file-store.ts';
import { KEEP } from '../tables/privacy.ts';
import { unitRecord } from './support/unit-record.ts';

const FROM = Date.parse('2025-03-04T00:00:00Z') / 1000;
const DAY = { kind: 'day', profile: 'default', day: '2025-03-04', generation: 2 } as const;
const LIST: UnitLocation = { ...DAY, resource: 'meeting_list', unit: 'list' };
const OTHER: UnitLocation = { ...DAY, resource: 'meeting_list', unit: 'export' };

let folder: string;
let store: FileStore;
let damaged: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-damaged-'));
  damaged = [];
  store = new FileStore(folder, { onDamaged: ({ key }) => damaged.push(key) });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = ({ resource, unit, generation }: UnitLocation, o: Partial<UnitRecord> = {}) =>
  unitRecord({ resource, unit, generation, asked_at: FROM, ...o });

const commit = () =>
  commitDay(store, {
    location: DAY,
    include: ['meetings'],
    time_zone: 'UTC',
    api_host: 'https://open.feishu.cn',
    product: 'test',
    settle_hours: 6,
    privacy: KEEP,
    run: {
      user_id_type: 'open_id',
      listing: 'list',
      source: 'list',
      room_level_id: null,
      include_external_meetings: true,
      include_webinar: false,
      enrich: [],
      from: FROM,
      to: FROM + 86_400,
      ask_until: FROM + 172_800,
      asked_at: FROM + 172_800,
    },
  });

const DAMAGE: [string, string][] = [
  ['garbage', '\u0000\u0001 not json'],
  ['a part of it', '{"version": 1, "resource": "meeting_li'],
  ['valid JSON of another shape', '{"version": 1, "unit": 17, "user_name": "Li Lei"}'],
  ['a list', '[]'],
];

describe.each(DAMAGE)('a record that is %s', (_what, text) => {
  test('is as good as none: its unit is asked again and the record written anew, and the log names its key', async () => {
    await store.put(recordKey(LIST), text);
    const read = await readRecord(store, LIST);
    expect(read).toBeNull();
    expect(damaged).toEqual([recordKey(LIST)]);
    await writeRecord(store, LIST, record(LIST));
    expect(await readRecord(store, LIST)).toMatchObject({ status: 'empty' });
  });

  test('makes its unit failed in a commit, with the reason, and the day is committed', async () => {
    await writeRecord(store, OTHER, record(OTHER));
    const page = await putJsonGz(store, pageKey(LIST, 1), '{"data": {}}');
    await store.put(recordKey(LIST), text);
    const { manifest } = await commit();
    expect(manifest.complete).toBe(false);
    expect(manifest.gaps).toContainEqual({
      table: 'meetings',
      kind: 'failed',
      reason: expect.stringMatching(/^the meeting list: failed: damaged record raw\//),
      count: 1,
    });
    expect(JSON.stringify(manifest)).not.toContain('Li Lei');
    // Nobody knows what the record named: nothing beside it is removed.
    expect(await store.exists(page.key)).toBe(true);
  });
});

describe('other files of the stage that are damaged', () => {
  test('are said to be, by their path and without what is in them', async () => {
    await store.put('raw/_index/x.json.gz', '{"user_name": "Li Lei"}');
    const index = await putJsonGz(store, 'raw/_index/y.json.gz', '[{"user_name": "Li Lei"}]');
    for (const key of ['raw/_index/x.json.gz', index.key]) {
      const error: unknown = await readIndex(store, key).catch((failed: unknown) => failed);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code: 'damaged', message: expect.stringContaining(key) });
      expect(String(error)).not.toContain('Li Lei');
    }
  });

  test.each(DAMAGE)('so is a manifest that is %s', async (_what, text) => {
    await store.put(manifestKey(DAY), text);
    await expect(findManifest(store, DAY)).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' });
  });
});
