/** A disk that fills up in the middle of a write takes less than it was given and says nothing: packs are whole, or not in force. */
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packDay } from '../dataset/pack-day.ts';
import { RawFiles } from '../dataset/raw-files.ts';
import { recordsOf, writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { pageKey, type DayLocation, type UnitLocation } from '../dataset/storage-keys.ts';
import { removeSuperseded, type RawInUse } from '../dataset/superseded.ts';
import { ZipWriter } from '../sheets/zip-writer.ts';
import { FileStore } from '../store/file-store.ts';
import { rawKey } from './support/raw-key.ts';
import { startSmallDisk, type SmallDisk } from './support/small-disk.ts';
import { unitRecord } from './support/unit-record.ts';

const UNITS = 20;
const DAY: DayLocation = { kind: 'day', profile: 'default', day: '2026-10-01', generation: 1000 };
const RESOURCE = 'participant_quality_list';

test('an archive is whole though each write stops half way through', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-test-'));
  const written = async (name: string, most: number): Promise<Buffer> => {
    const file = await open(join(folder, name), 'wx');
    const zip = new ZipWriter({
      write: (bytes, offset, length, position) => file.write(bytes, offset, Math.min(most, length), position),
    });
    await zip.add('a', ['text '.repeat(1000)]);
    await zip.add('b', [Buffer.alloc(5000, 'b')], 'stored');
    await zip.end();
    await file.close();
    return await readFile(join(folder, name));
  };
  expect(await written('halves', 7)).toEqual(await written('whole', Infinity));
  await rm(folder, { recursive: true });
});

describe('a packed day on a disk that fills up while its packs are encrypted', () => {
  let disk: SmallDisk;
  beforeAll(async () => void (disk = await startSmallDisk(8 * 1024 * 1024)));
  afterAll(() => disk.close());

  test('has every answer afterwards', async () => {
    const store = new FileStore(disk.path, { rawKeys: [rawKey('2026-11')] });
    await store.prepare();
    for (let index = 0; index < UNITS; index += 1) await answered(store, `session-${index}.list`);
    await packDay(store, DAY, await inUseOf(store));
    const before = await answersOf(store);
    expect(before).toHaveLength(UNITS);
    // The archive has room under its hidden form, and half of what is encrypted of it.
    await disk.fill(450 * 1024);
    const isFull = { code: 'unavailable', message: expect.stringContaining('the disk is full') };
    await expect(packDay(store, DAY, await inUseOf(store), { encrypt: true })).rejects.toMatchObject(isFull);
    expect(await answersOf(store)).toEqual(before);
    await disk.free();
    await packDay(store, DAY, await inUseOf(store), { encrypt: true });
    expect(await answersOf(store)).toEqual(before);
  });
});

async function answered(store: FileStore, unit: string): Promise<void> {
  const location: UnitLocation = { ...DAY, resource: RESOURCE, unit };
  const answer = JSON.stringify({ answer: randomBytes(15_000).toString('base64') });
  const file = await putJsonGz(store, pageKey(location, 1), answer);
  const { generation } = DAY;
  const record = unitRecord({ unit, resource: RESOURCE, generation, files: [file], rows: 1, asked_at: 1 });
  await writeRecord(store, location, record);
}

async function inUseOf(store: FileStore): Promise<RawInUse> {
  return (await removeSuperseded(store, DAY, { tables: {}, generation: DAY.generation }))!;
}

/** The hash of each that can be read. */
async function answersOf(store: FileStore): Promise<string[]> {
  const raw = new RawFiles(store);
  const hashes: string[] = [];
  for await (const { files } of recordsOf(store, DAY, RESOURCE))
    for (const file of files) hashes.push((await raw.hash(file)).sha256);
  return hashes.toSorted();
}
