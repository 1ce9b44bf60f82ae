/** A committed day made again from its raw files, without a call: by a rebuild, and by a check that only compares. */
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { Policy } from '../tables/privacy.ts';
import { assertNobodyErased, putInForce, type CommittedDay } from './commit-day.ts';
import { DROPPED, droppedAnswers } from './drop-answers.ts';
import { HeldRecords } from './held-records.ts';
import { removeFiles, RunReading, type MadeTables } from './make-tables.ts';
import { readManifest, SCHEMA_VERSION, type CertifiedTable, type Manifest, type TableRun } from './manifest.ts';
import { composed, factsOf, runsOf, toldIn } from './merge-manifest.ts';
import { tidyDay } from './pack-day.ts';
import { recordsOfIndex } from './stage-index.ts';

/** A day's tables cannot be made again: what they were made of went by `RAW_KEEP`. Nothing is wrong with them. */
export class AnswersDroppedError extends StoreError {
  constructor({ profile, day }: { profile: string; day: string }) {
    super(
      'refused',
      `${day} of profile ${profile}: ${DROPPED} (RAW_KEEP). Its tables stay as they are; an export of the day with refresh "all" asks anew.`,
    );
  }
}

interface RemakeOptions {
  product: string;
  settle_hours: number;
  /** By which the tables are written, whatever they were written by. */
  privacy: Policy;
}

interface RebuildOptions extends RemakeOptions {
  profile: string;
  day: string;
  /** Told why the raw files of the rebuilt day were not tidied up; without it that is thrown. */
  onNotTidied?: (error: unknown) => void;
}

/** Null where the day was never committed. @throws AnswersDroppedError */
export async function rebuildDay(
  store: Store,
  { profile, day, onNotTidied, ...options }: RebuildOptions,
): Promise<CommittedDay | null> {
  const manifest = await readManifest(store, { profile, day });
  if (!manifest) return null;
  if (await droppedAnswers(store, manifest)) throw new AnswersDroppedError(manifest);
  const again = await remadeDay(store, store, { manifest, ...options });
  try {
    const location = { kind: 'day', profile, day, generation: manifest.generation } as const;
    const committed = await putInForce(store, {
      location,
      files: again.files,
      manifest: (known) => {
        assertNobodyErased(manifest, known);
        return again.manifest(known ?? manifest);
      },
    });
    await tidyDay(store, location, { manifest: committed.manifest, onNotTidied });
    return committed;
  } finally {
    await removeFiles(again.files);
  }
}

interface RemadeDay {
  /** Aside: the caller removes them. */
  files: MadeTables['files'];
  /** What the manifest would say. */
  manifest: (known: Manifest) => Omit<Manifest, 'days'>;
}

/** `to`: where the files are written. */
export async function remadeDay(
  store: Store,
  to: Store,
  { manifest, ...options }: RemakeOptions & { manifest: Manifest },
): Promise<RemadeDay> {
  const { profile, day, time_zone } = manifest;
  const { product } = options;
  const made: MadeTables[] = [];
  const told: Manifest['told'] = {};
  try {
    for (const [key, { tables }] of runsOf(manifest.tables)) {
      const [first] = tables;
      const records = new HeldRecords();
      for await (const record of recordsOfIndex(store, key)) records.add(record);
      const run = runOf(manifest.tables[first!]!, records);
      const reading = new RunReading(store, { profile, day, run, records, time_zone, ...options });
      const each = await reading.make(to, { tables: toldIn(manifest)[key]?.tables ?? tables, write: tables });
      made.push(each);
      told[key] = each.told;
    }
  } catch (error) {
    await removeFiles(made.flatMap(({ files }) => files));
    throw error;
  }
  return {
    files: made.flatMap(({ files }) => files),
    manifest: (known) => {
      const entries = made.flatMap((each) => each.entries);
      const tables = Object.fromEntries(entries.map(([name, entry]) => [name, asKnown(entry, known.tables[name])]));
      return composed({ ...factsOf(known), product, committed_at: new Date().toISOString() }, tables, told);
    },
  };
}

/** What only the commit knew: what a table took, and that a later run was told of none of its rows. */
function asKnown(entry: CertifiedTable, known: CertifiedTable | undefined): CertifiedTable {
  if (!known) return entry;
  const { calls, vanished } = known;
  return { ...entry, calls, vanished, settled: entry.settled && !vanished };
}

/** Manifests of version 1 do not say whether L1 was asked: its record does. */
function runOf({ run, schema }: CertifiedTable, records: HeldRecords): TableRun {
  if (schema === SCHEMA_VERSION) return run;
  const listed = records.get('meeting_list', 'list');
  const flag = (name: string) => String(listed?.request[name]) === 'true';
  return {
    ...run,
    include_external_meetings: flag('include_external_meetings'),
    include_webinar: flag('include_webinar'),
  };
}
