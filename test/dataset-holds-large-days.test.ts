/** The records of a day of any size: held as text, written as an index and read from it one by one. */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync, gzipSync } from 'node:zlib';
import { array, assert, constantFrom, jsonValue, nat, property } from 'fast-check';
import { expect, test, vi } from 'vitest';
import { HeldLines } from '../dataset/held-lines.ts';
import { HeldRecords } from '../dataset/held-records.ts';
import { JsonArray } from '../dataset/json-array.ts';
import { readIndex, writeIndex } from '../dataset/stage-index.ts';
import type { UnitRecord } from '../dataset/unit-record.ts';
import { stageIndexKey, type DayLocation } from '../dataset/storage-keys.ts';
import type { FileStore } from '../store/file-store.ts';
import { ownStoreEach } from './support/own-store.ts';
import { unitRecord } from './support/unit-record.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const DAY: DayLocation = { kind: 'day', profile: 'default', day: '2026-10-01', generation: 1000 };
const KEY = stageIndexKey(DAY);
const MIB = 1024 * 1024;

/** The third has more text than is held in one piece. */
function records(): UnitRecord[] {
  const reasons = ['会议 "}], \\', null, 'x'.repeat(2 * MIB), '\n'];
  const all = reasons.map((reason, index) =>
    unitRecord({ unit: `unit-${index}`, resource: 'participant_list', generation: 1000, reason }),
  );
  for (let index = 0; index < 3000; index += 1) {
    all.push(unitRecord({ unit: `minutes-${index}`, resource: 'participant_quality_list', generation: 1000 }));
  }
  return all;
}

function held(all: readonly UnitRecord[]): HeldRecords {
  const each = new HeldRecords();
  for (const record of all) each.add(record);
  return each;
}

test('Records that are held come back in their order, and each by its name', () => {
  const all = records();
  const each = held(all);
  expect([...each]).toEqual(all);
  for (const record of all) expect(each.get(record.resource, record.unit)).toEqual(record);
  expect(each.get('meeting_list', 'unit-1')).toBeUndefined();
});

test('What is held of records takes a third of their text at most', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const bytesHeld = (): number => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = bytesHeld();
  const lines = new HeldLines();
  const count = 10_000;
  let length = 0;
  for (let index = 0; index < count; index += 1) {
    const name = createHash('sha256').update(String(index)).digest('hex');
    const line = JSON.stringify(
      unitRecord({ unit: `${name.slice(0, 32)}.list`, resource: 'participant_quality_list' }),
    );
    length += line.length;
    lines.add(line);
  }
  expect(bytesHeld() - before).toBeLessThan(length / 3);
  expect([...lines]).toHaveLength(count);
});

test('An index is the array of its records, and is read as it was written', async () => {
  const all = records();
  const { sha256 } = await writeIndex(store, KEY, held(all).lines);
  expect(await store.hash(KEY)).toMatchObject({ sha256 });
  expect(gunzipSync(await store.read(KEY)).toString()).toBe(JSON.stringify(all));
  expect(await readIndex(store, KEY)).toEqual(all);
  await writeIndex(store, KEY, []);
  expect(await readIndex(store, KEY)).toEqual([]);
});

test.each([
  ['is cut off', '[{"a":1},'],
  ['goes on after its end', '[] []'],
  ['has a comma too many', '[1,]'],
  ['is no array', '{"a":[]}'],
  ['is empty', ''],
  ['has other elements than records', '[1]'],
])('An index that %s is damaged', async (_, text) => {
  await store.put(KEY, gzipSync(text));
  await expect(readIndex(store, KEY)).rejects.toMatchObject({ code: 'damaged' });
});

test('An array is taken apart alike wherever its bytes are cut', () => {
  const values = array(jsonValue({ maxDepth: 3 }), { maxLength: 5 });
  const cutsOf = array(nat(80), { maxLength: 6 });
  assert(
    property(values, constantFrom(0, 2), cutsOf, (value, indent, cuts) => {
      const bytes = Buffer.from(JSON.stringify(value, null, indent));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
      const reader = new JsonArray();
      const taken = places.slice(1).flatMap((to, index) => [...reader.take(bytes.subarray(places[index], to))]);
      reader.end();
      expect(JSON.stringify(taken)).toBe(JSON.stringify(value));
    }),
  );
});

test('A bug of ours is not told as a damaged file', async () => {
  await writeIndex(store, KEY, []);
  const bug = new TypeError('a bug');
  const taking = vi.spyOn(JsonArray.prototype, 'take').mockImplementation(() => {
    throw bug;
  });
  try {
    await expect(readIndex(store, KEY)).rejects.toBe(bug);
  } finally {
    taking.mockRestore();
  }
});

test.each(['[\u00a0]', '[1}', '[{"a":1}}', '[1,]', '[1]2', '[1', '{"a":1}'])('%j is no array of JSON', (text) => {
  const reader = new JsonArray();
  expect(() => {
    for (const _ of reader.take(Buffer.from(text))) continue;
    reader.end();
  }).toThrow(SyntaxError);
});
