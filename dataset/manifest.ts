/** The manifest of a day: what its tables hold, what is missing and why. Written last; names each file's hash. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FileStore } from '../store/file-store.ts';
import type { TableName } from '../tables/columns.ts';
import { manifestKey } from './storage-keys.ts';
import type { UnitStatus } from '../model/units.ts';

/** Raised when a column's meaning changes; a reader can tell which rules a file was made by. */
export const SCHEMA_VERSION = 1;

export interface TableGap {
  table: TableName;
  reason: string;
  count: number;
}

const run = z.object({
  generation: z.number(),
  user_id_type: z.string(),
  listing: z.enum(['list', 'export']),
  source: z.enum(['list', 'export', 'both']),
  room_level_id: z.string().nullable(),
  /** Unix seconds: the day, until when meetings were asked for, and when. */
  from: z.number(),
  to: z.number(),
  ask_until: z.number(),
  asked_at: z.number(),
  /** Key and SHA-256 of the records that the table was made of. */
  stage: z.object({ key: z.string(), sha256: z.string() }),
});
/** How a table of the day was asked for; a rebuild reads it. */
export type TableRun = z.infer<typeof run>;

const table = z.object({
  key: z.string(),
  rows: z.number(),
  bytes: z.number(),
  sha256: z.string(),
  /** Hash of the sorted rows: equal for equal rows, whatever wrote the file. */
  rows_hash: z.string(),
  unparsed_rows: z.number(),
  extra_columns: z.array(z.string()),
  missing_columns: z.array(z.string()),
  /** What the answers had twice, on two pages or under one instance id, and the table has once. */
  repeated_rows: z.number().default(0),
  run,
});
export type ManifestTable = z.infer<typeof table>;

const restatement = z.object({
  table: z.string(),
  /** The commit that changed the rows. */
  generation: z.number(),
  /** When it was made, and when the one whose rows it changed. */
  at: z.string(),
  before: z.string(),
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
});
export type Restatement = z.infer<typeof restatement>;

const manifest = z.object({
  version: z.literal(SCHEMA_VERSION),
  product: z.string(),
  profile: z.string(),
  day: z.string(),
  time_zone: z.string(),
  api_host: z.string(),
  generation: z.number(),
  committed_at: z.string(),
  complete: z.boolean(),
  /** Settled, and two looks in a row gave the same rows: `unsettled` runs leave it alone. */
  sealed: z.boolean(),
  tables: z.record(z.string(), table),
  units: z.record(z.string(), z.number()),
  gaps: z.array(z.object({ table: z.string(), reason: z.string(), count: z.number() })),
  /** Calls of the last run by endpoint, failed attempts included. */
  calls: z.record(z.string(), z.number()),
  /** Creates whose answer was lost: each may have left a task behind that nobody waited for. */
  unknown_creates: z.number(),
  /** People listed against the meetings' own counts; null where the source does not say. */
  reconciliation: z.record(z.string(), z.number().nullable()),
  /** Commits that changed rows that had been committed before, the newest first. */
  restatements: z.array(restatement),
});
export type Manifest = Omit<z.infer<typeof manifest>, 'tables' | 'gaps' | 'units'> & {
  tables: Partial<Record<TableName, ManifestTable>>;
  gaps: TableGap[];
  units: Partial<Record<UnitStatus, number>>;
};

/** @throws z.ZodError where the file is none of this product's manifests */
export function parseManifest(value: unknown): Manifest {
  return manifest.parse(value) as Manifest;
}

export async function readManifest(
  store: FileStore,
  location: { profile: string; day: string },
): Promise<Manifest | null> {
  return (await findManifest(store, location))?.manifest ?? null;
}

export async function findManifest(
  store: FileStore,
  location: { profile: string; day: string },
): Promise<{ manifest: Manifest; key: string; sha256: string } | null> {
  const key = manifestKey(location);
  if (!(await store.exists(key))) return null;
  const bytes = await store.read(key);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { manifest: parseManifest(JSON.parse(bytes.toString('utf8'))), key, sha256 };
}

/** One entry for each table and reason. */
export class Gaps {
  readonly #counts = new Map<string, TableGap>();

  /** A log id is that of one call and would keep equal gaps apart; the unit that it belongs to keeps it. */
  add(tableName: TableName, words: string, count = 1): void {
    if (count === 0) return;
    const reason = words.replaceAll(/,? ?log id [\w-]+/g, '');
    const key = JSON.stringify([tableName, reason]);
    const known = this.#counts.get(key);
    if (known) known.count += count;
    else this.#counts.set(key, { table: tableName, reason, count });
  }

  list(): TableGap[] {
    return [...this.#counts.values()].toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  }
}
