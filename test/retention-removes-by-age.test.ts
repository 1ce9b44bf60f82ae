/** What is older than it may be kept goes, from the manifest on, and what went is noted. */
import { expect, test } from 'vitest';
import { outdatedIn, removeOutdated } from '../dataset/retention.ts';
import { recordKey, singleTableKey } from '../dataset/storage-keys.ts';
import type { FileStore } from '../store/file-store.ts';
import { commitRows } from './support/committed-rows.ts';
import { ownStoreEach } from './support/own-store.ts';
import { argumentsOf } from '../client/cli/options.ts';
import { unitRecord } from './support/unit-record.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const INPUT = { profile: 'default', from: '2026-10-02', fromMs: 2000 };

const isGone = (key: string) =>
  key.includes('run-1000') || (key.includes('profile=default') && /day=2026-(09|10-01)/.test(key));

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.list()) found.push(key);
  return found;
}

test('days and single runs from before go, the others and those of other profiles stay', async () => {
  await store.prepare();
  for (const [day, profile] of [
    ['2026-10-01', 'default'],
    ['2026-10-02', 'default'],
    ['2026-10-01', 'other'],
  ] as const) {
    await commitRows(store, { day, profile, rows: { meetings: [{ row_key: day }] } });
    await store.put(`raw/meeting_list/profile=${profile}/day=${day}/export/1-task-1.xlsx`, 'x');
  }
  await store.put('raw/rooms/profile=default/day=2026-09-01/all/1-page-00001.json.gz', 'answers alone');
  for (const generation of [1000, 3000]) {
    const run = { kind: 'single' as const, workflow_id: `run-${generation}`, run_id: 'r', generation };
    const unit = { resource: 'meeting_list' as const, unit: 'u' };
    await store.writeJson(recordKey({ ...run, ...unit }), unitRecord({ ...unit, generation }));
    await store.put(singleTableKey('exportResource', run), 'x');
  }
  const before = await keys();
  const found = await outdatedIn(store, INPUT);
  expect(found.days).toStrictEqual([
    { day: '2026-09-01', files: 1 },
    { day: '2026-10-01', files: 4 },
  ]);
  expect(found.single_runs).toStrictEqual(['run-1000']);
  expect(await keys()).toStrictEqual(before);
  const log = await removeOutdated(store, INPUT, found);
  expect((await keys()).filter((key) => key !== log)).toStrictEqual(before.filter((key) => !isGone(key)));
  expect(await store.readJson(log)).toMatchObject({ days: found.days, single_runs: ['run-1000'] });
  expect((await outdatedIn(store, INPUT)).days).toStrictEqual([]);
});

test('a removal that is cut off leaves no day that readers take for one, and goes on', async () => {
  await store.prepare();
  await commitRows(store, { day: '2026-10-01', rows: { meetings: [{ row_key: '1' }] } });
  const found = await outdatedIn(store, INPUT);
  const remove = store.remove.bind(store);
  let removed = 0;
  store.remove = async (key) => {
    if (++removed > 1) throw new Error('cut off');
    await remove(key);
  };
  await expect(removeOutdated(store, INPUT, found)).rejects.toThrow('cut off');
  expect((await keys()).filter((key) => key.startsWith('manifests/'))).toStrictEqual([]);
  store.remove = remove;
  const rest = await outdatedIn(store, INPUT);
  expect(rest.days).toStrictEqual([{ day: '2026-10-01', files: 2 }]);
  await removeOutdated(store, INPUT, rest);
  expect((await keys()).filter((key) => !key.startsWith('retention/'))).toStrictEqual([]);
});

test('options of two words reach the program as they are typed', () => {
  expect(argumentsOf([], { dryRun: true, olderThan: '400' })).toStrictEqual(['--dry-run', '--older-than=400', '--']);
});
