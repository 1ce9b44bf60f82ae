/** The tables of one run, made of its records: for its commit, for a rebuild and for a check alike. */
import { rm } from 'node:fs/promises';
import { sumOf } from '../model/units.ts';
import type { Store } from '../store/store.ts';
import type { TableName } from '../tables/columns.ts';
import { hides, markOf, type Disguise, type Policy } from '../tables/privacy.ts';
import { DayBuilder } from './build-day.ts';
import { disguiseOf } from './disguise.ts';
import type { HeldRecords } from './held-records.ts';
import { SCHEMA_VERSION, type CertifiedTable, type TableRun, type Told } from './manifest.ts';
import { madeOf } from './merge-manifest.ts';
import { lastAnswer, withoutWords, type UnitRecord } from './unit-record.ts';
import { StageReader } from './stage.ts';
import type { StageResource } from './storage-keys.ts';
import { writeTableFile, type TableFile } from './table-files.ts';

/** What each table's calls were spent on. */
const RESOURCES_OF: Record<TableName, readonly StageResource[]> = {
  meetings: ['meeting_list'],
  participants: ['participant_list'],
  quality_minutes: ['participant_quality_list'],
  units: [],
  reservations: ['resource_reservation_list', 'rooms'],
};

/** Whether the run itself has asked for a table, or for what that is made of: else all its answers are those of earlier runs. */
export function isAskedFor({ run, records }: AskedRun, table: TableName): boolean {
  const tables = [table === 'units' ? 'quality_minutes' : table, ...madeOf(table)] as const;
  const resources = tables.flatMap((name) => RESOURCES_OF[name]);
  for (const record of records) {
    if (resources.includes(record.resource) && lastAnswer(record).generation === run.generation) return true;
  }
  return false;
}

/** A run, and what its answers are. */
export interface AskedRun {
  profile: string;
  day: string;
  run: TableRun;
  records: HeldRecords;
  time_zone: string;
  product: string;
  settle_hours: number;
  /** What of people the tables show. */
  privacy: Policy;
}

export interface MadeTables {
  /** Aside: the caller puts them in force or removes them. */
  files: TableFile[];
  entries: [TableName, CertifiedTable][];
  told: Told;
}

/** Reads the run's answers; what is read once is not read again. */
export class RunReading {
  readonly #asked: AskedRun;
  readonly #store: Store;
  readonly #reader: StageReader;
  readonly builder: DayBuilder;

  constructor(store: Store, asked: AskedRun) {
    const { run, settle_hours, time_zone, privacy, records } = asked;
    const recordOf = (resource: StageResource, unit: string): UnitRecord | undefined => {
      const record = records.get(resource, unit);
      // What Feishu says of a failure may name whom it is about, and becomes a reason of a row and of a gap.
      return record && hides(privacy) ? withoutWords(record) : record;
    };
    this.#asked = asked;
    this.#store = store;
    this.#reader = new StageReader(store, time_zone);
    this.builder = new DayBuilder(this.#reader, recordOf, { day: run, settleHours: settle_hours });
  }

  /**
   * `tables`: those that the run wrote. All of them are read, so that the run says the same whoever asks; `write`: those to
   * be written. On failure nothing is left behind.
   */
  async make(to: Store, { tables, write }: Record<'tables' | 'write', readonly TableName[]>): Promise<MadeTables> {
    const files: TableFile[] = [];
    try {
      for (const table of tables) {
        if (write.includes(table)) files.push(await this.write(to, table));
        else await countOf(await this.builder.rows(table));
      }
      const entries: [TableName, CertifiedTable][] = [];
      for (const { table, entry } of files) entries.push([table, await this.#certified({ table, entry })]);
      return { files, entries, told: await this.#told(tables) };
    } catch (error) {
      await removeFiles(files);
      throw error;
    }
  }

  async write(to: Store, table: TableName): Promise<TableFile> {
    const { profile, day, run } = this.#asked;
    const disguise = await this.#disguise();
    const rows = disguise.rows(table, await this.builder.rows(table));
    const made = await writeTableFile(to, { table, profile, day, rows, run, notes: this.#reader.notesOf(table) });
    const extra_columns = disguise.headers(made.entry.extra_columns);
    return { ...made, entry: { ...made.entry, extra_columns } };
  }

  async #disguise(): Promise<Disguise> {
    return await disguiseOf(this.#store, this.#asked.privacy);
  }

  async #certified({ table, entry }: Pick<TableFile, 'table' | 'entry'>): Promise<CertifiedTable> {
    const { records, run, product } = this.#asked;
    const ofRun = records.sumsOf(run.generation).calls;
    const calls = RESOURCES_OF[table].reduce((sum, resource) => sum + sumOf(ofRun.get(resource) ?? {}), 0);
    const { asked_at, settled } = await this.builder.standing(table);
    const privacy = markOf(this.#asked.privacy);
    return { ...entry, schema: SCHEMA_VERSION, product, privacy, asked_at, settled, vanished: false, calls };
  }

  async #told(tables: readonly TableName[]): Promise<Told> {
    const { certificate, reconciliation } = this.builder;
    return {
      tables: [...tables],
      gaps: this.builder.gaps(),
      units: tables.includes('units') ? certificate.units : certificate.lists,
      codes: certificate.codes,
      explained: certificate.explained,
      reconciliation,
      of: keyed(await this.builder.of(), await this.#disguise()),
    };
  }
}

/** Of few sessions it could be tried out whose they are, as of one. */
function keyed(of: Told['of'], disguise: Disguise): Told['of'] {
  if (of === null) return null;
  const { meetings, counts, sessions } = of;
  return {
    meetings: disguise.key(meetings),
    counts: disguise.key(counts),
    sessions: sessions === null ? null : disguise.key(sessions),
  };
}

/** Reads all of them. */
export async function countOf(rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of rows) count += 1;
  return count;
}

export async function removeFiles(files: readonly { tempPath: string }[]): Promise<void> {
  await Promise.all(files.map(({ tempPath }) => rm(tempPath, { force: true })));
}
