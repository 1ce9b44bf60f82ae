/** A stored answer that is gone, or is not what was received, is asked for again by the next run of what is missing; and none goes that a record names. */
import { expect, test } from 'vitest';
import { RawFiles } from '../dataset/raw-files.ts';
import { readRecord, writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { isRecordKey } from '../dataset/storage-keys.ts';
import type { FileStore } from '../store/file-store.ts';
import { ownStoreEach } from './support/own-store.ts';
import type { SmallTenant, TenantPerson } from './support/small-tenant.ts';
import { ASK, FROM, HOUR, StagedDay, TO, type Ask } from './support/staged-day.ts';
import { keysOf } from './support/store-kinds.ts';

const AT = TO + 40 * HOUR;
const WHOLE: Ask = {
  ...ASK,
  include: ['meetings', 'participants', 'quality_minutes', 'reservations'],
  room_level_id: 'omb_1',
};
const RESOURCES = [
  'meeting_list',
  'participant_list',
  'participant_quality_list',
  'rooms',
  'resource_reservation_list',
] as const;

let store: FileStore;
ownStoreEach((own) => (store = own));

async function answersOf(resource: string): Promise<string[]> {
  return (await keysOf(store, `raw/${resource}/`)).filter((key) => !isRecordKey(key));
}

test.each(
  RESOURCES.flatMap((resource) => [
    { resource, is: 'gone' as const },
    { resource, is: 'garbage' as const },
  ]),
)('an answer to $resource that is $is is asked for again, and nothing else', async ({ resource, is }) => {
  const day = new StagedDay(store, tenant());
  const before = await day.run(WHOLE, { at: AT });
  const [answer] = await answersOf(resource);
  if (is === 'gone') await store.remove(answer!);
  else await store.put(answer!, 'garbage');
  const { calls, complete, manifest } = await day.run(WHOLE, { at: AT + HOUR, refresh: 'missing' });
  expect(calls.map((call) => call.resource)).toEqual([resource]);
  expect({ complete, gaps: manifest.gaps }).toEqual({ complete: before.complete, gaps: before.manifest.gaps });
  expect((await day.run(WHOLE, { at: AT + 2 * HOUR, refresh: 'missing' })).calls).toEqual([]);
});

test('an answer stays that a record has come to name while its day is committed', async () => {
  const day = new StagedDay(store, tenant());
  const asking = await day.stage(ASK, { at: AT });
  const [page] = await answersOf('participant_list');
  const list = { ...asking.location, resource: 'participant_list' as const, unit: page!.split('/').at(-2)! };
  const record = (await readRecord(store, list))!;
  for (const before of [1, 2, 3]) {
    const listed = store.list.bind(store);
    let listings = 0;
    store.list = async function* (prefix, options) {
      if (prefix?.startsWith('raw/participant_list/') === true && ++listings === before) {
        const file = await putJsonGz(store, page!.replace('00001', `0000${before + 1}`), JSON.stringify({ data: {} }));
        await writeRecord(store, list, { ...record, files: [...record.files, file] });
      }
      yield* listed(prefix, options);
    };
    await day.commit(asking);
    store.list = listed;
    const raw = new RawFiles(store);
    const { files } = (await readRecord(store, list))!;
    for (const file of files) expect((await raw.hash(file)).sha256).toBe(file.sha256);
  }
});

function person(name: string): TenantPerson {
  return { name, kind: 'user', join: FROM + 600, leave: FROM + 3000, shown: 0 };
}

function tenant(): SmallTenant {
  const times = { start: FROM + 600, end: FROM + 4200 };
  return {
    meetings: [
      { no: '100000001', ...times, people: [person('ann'), person('bob')] },
      { no: '100000002', ...times, people: [person('cid')] },
    ],
    bookings: [{ room: 'blue', by: 'b', start: FROM + 3600, end: FROM + 7200 }],
  };
}
