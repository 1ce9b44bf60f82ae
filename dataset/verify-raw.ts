/** Whether the raw files of a committed day are those that its tables were made of. */
import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../store/store.ts';
import { readIndexBytes } from './encrypted-index.ts';
import { lostRecord } from './lost-answers.ts';
import type { Manifest } from './manifest.ts';
import { RawFiles } from './raw-files.ts';
import { readPackList, sha256Of } from './raw-packs.ts';
import { tryRecord } from './records.ts';
import { readIndex } from './stage-index.ts';
import { isPart, lastAnswer, lostOf, type UnitRecord } from './unit-record.ts';
import {
  isRecordKey,
  packFolder,
  packListKey,
  recordKey,
  resourceFolder,
  STAGE_RESOURCES,
  type DayLocation,
} from './storage-keys.ts';
import { readable, type Problem } from './verify-problem.ts';

/** The records that tables were made of, and the files that these name. */
export async function rawProblems(store: Store, manifest: Manifest): Promise<Problem[]> {
  const problems = await packProblems(store, manifest);
  const runs = new Map(Object.values(manifest.tables).map(({ run }) => [run.stage.key, run]));
  const newest = Math.max(...[...runs.values()].map(({ generation }) => generation));
  for (const [key, { generation, stage }] of runs) {
    const { sha256 } = stage;
    const found = await readable(key, async () => ({
      sha256: sha256Of(await readIndexBytes(store, key)),
      records: await readIndex(store, key),
    }));
    if ('problem' in found) problems.push(found);
    else if (found.value.sha256 !== sha256)
      problems.push({ key, problem: 'it is not the index that the tables were made of' });
    else {
      const { records } = found.value;
      problems.push(...(await fileProblems(store, records)));
      const location: DayLocation = { kind: 'day', profile: manifest.profile, day: manifest.day, generation };
      if (generation === newest) problems.push(...(await recordProblems(store, location, records)));
    }
  }
  return problems;
}

/** Of the packs themselves: whether each is the one that was written. */
async function packProblems(store: Store, manifest: Manifest): Promise<Problem[]> {
  const folder = packFolder(manifest);
  const list = await readable(packListKey(folder), () => readPackList(store, folder));
  if ('problem' in list) return [list];
  const problems: Problem[] = [];
  for (const { key, sha256 } of list.value?.packs ?? []) {
    const found = await readable(key, () => store.hash(key));
    if ('problem' in found) problems.push(found);
    else if (found.value.sha256 !== sha256) problems.push({ key, problem: 'its bytes are not those packed' });
  }
  return problems;
}

/** The index has every record as it was at the commit. What a run that came later has noted is not committed yet. */
async function recordProblems(store: Store, location: DayLocation, records: readonly UnitRecord[]): Promise<Problem[]> {
  const indexed = new Map(records.map((record) => [recordKey({ ...location, ...record, generation: 0 }), record]));
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const raw = new RawFiles(store);
  for (const resource of STAGE_RESOURCES) {
    for (const key of await raw.list(resourceFolder(location, resource))) {
      const read = isRecordKey(key) ? await tryRecord(store, key, raw) : null;
      if (read === null) continue;
      seen.add(key);
      if ('damaged' in read) problems.push({ key, problem: 'it is damaged' });
      else if (lastAnswer(read.record).generation > location.generation || isPart(read.record)) continue;
      // Of an older run that was still noting when the newest one had committed.
      else if (!indexed.has(key) && lastAnswer(read.record).generation < location.generation) continue;
      else if (!isIndexedAs(read.record, indexed.get(key)))
        problems.push({ key, problem: 'it is not the record that the tables were made of' });
    }
  }
  for (const [key, record] of indexed) {
    if (!seen.has(key) && !isPart(record)) problems.push({ key, problem: 'it is not there' });
  }
  return problems;
}

/** One whose answers were lost by then stands in the index without them. */
function isIndexedAs(record: UnitRecord, indexed: UnitRecord | undefined): boolean {
  const lost = lostOf(indexed);
  return isDeepStrictEqual(lost === null ? record : lostRecord(record, lost), indexed);
}

async function fileProblems(store: Store, records: readonly UnitRecord[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  const raw = new RawFiles(store);
  for (const file of records.flatMap(({ files }) => files)) {
    const found = await readable(file.key, () => raw.hash(file));
    if ('problem' in found && (await raw.isDropped(file))) continue;
    if ('problem' in found) problems.push(found);
    else if (found.value.sha256 !== file.sha256)
      problems.push({ key: file.key, problem: 'its bytes are not those received' });
  }
  return problems;
}
