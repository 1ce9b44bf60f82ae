/** The manifest of a day: what its tables hold, what is missing and why. Written last; names each file's hash. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ifPresent, StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { TableName } from '../tables/columns.ts';
import { ENRICHMENTS } from '../model/day-tables.ts';
import { KEEP, markOf, type PolicyMark } from '../tables/privacy.ts';
import { manifestKey, stageIndexFolder, tableFolder } from './storage-keys.ts';
import type { UnitStatus } from '../model/units.ts';

/** Raised when the meaning of a column or of a field here changes: a reader can tell by which rules a file was made. */
export const SCHEMA_VERSION = 2;

/** What keeps a day from being complete; docs/guarantees.md says what each means and what to do. */
export const GAP_KINDS = [
  'not-asked',
  'asked-early',
  'may-change',
  'failed',
  'pending',
  'vanished',
  'over-24-hours',
  'unreadable',
  'no-id',
  'people-differ',
  'minutes-lacking',
  'no-data',
  'cut-off',
  'sources-differ',
  'tables-differ',
] as const;
export type GapKind = (typeof GAP_KINDS)[number];

export interface TableGap {
  table: TableName;
  kind: GapKind;
  reason: string;
  count: number;
}

const run = z.object({
  generation: z.number(),
  user_id_type: z.string(),
  listing: z.enum(['list', 'export']),
  source: z.enum(['list', 'export', 'both']),
  room_level_id: z.string().nullable(),
  include_external_meetings: z.boolean(),
  include_webinar: z.boolean(),
  /** Tables whose list was asked beside their file. */
  enrich: z.array(z.enum(ENRICHMENTS)).readonly().default([]),
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
/** A table's file and how its rows were asked for. */
export type ManifestTable = z.infer<typeof table>;

const certified = table.extend({
  /** The `version` of the manifest that the table was written with. */
  schema: z.number(),
  /** What wrote the rows: where it changed since, other rows are no news of Feishu's. */
  product: z.string(),
  /** The policy by which it shows people: equal fingerprints show the same. Earlier versions showed all. */
  privacy: z.object({ name: z.string(), fingerprint: z.string() }).default(markOf(KEEP)),
  /** Unix seconds of the oldest answer that it is made of; null where there is none. */
  asked_at: z.number().nullable(),
  /** Nothing of it can change any more by the rules of the settle hours. */
  settled: z.boolean(),
  /**
   * Its rows stay as they were, and so do the gaps that it left: a later run was told that there is nothing, or not all of
   * what went by `RAW_KEEP`, or cannot be read any more, came again.
   */
  vanished: z.union([z.boolean(), z.enum(['answers dropped', 'answers damaged'])]),
  /** Calls of the run that wrote it, for this table, failed attempts included. */
  calls: z.number(),
});
export type CertifiedTable = z.infer<typeof certified>;

/** Whether its rows were made by the rules of today. */
export function isByRulesOf(
  { product, privacy }: { product: string; privacy: PolicyMark },
  { product: by, schema, privacy: shown }: CertifiedTable,
): boolean {
  return by === product && schema === SCHEMA_VERSION && shown.fingerprint === privacy.fingerprint;
}

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

const counts = z.record(z.string(), z.number());
const common = {
  product: z.string(),
  profile: z.string(),
  day: z.string(),
  time_zone: z.string(),
  api_host: z.string(),
  generation: z.number(),
  committed_at: z.string(),
  /** All that the day holds was asked for after its window had closed, was answered, and agrees: there is no gap. */
  complete: z.boolean(),
  /** Settled, and two looks in a row gave the same rows: `unsettled` runs leave it alone. */
  sealed: z.boolean(),
  units: counts,
  /** Calls of the last run by endpoint, failed attempts included. */
  calls: counts,
  /** Creates whose answer was lost: each may have left a task behind that nobody waited for. */
  unknown_creates: z.number(),
  /** People listed against the meetings' own counts; null where the source does not say. */
  reconciliation: z.record(z.string(), z.number().nullable()),
  /** Commits that changed rows that had been committed before, the newest first. */
  restatements: z.array(restatement),
  /** When people were erased, and from how many elements and rows of the answers: what Feishu sent is no longer what is here. */
  erased: z.array(z.object({ at: z.string(), rows: z.number() })).default([]),
};
const gap = z.object({ table: z.string(), reason: z.string(), count: z.number() });
const gaps = z.array(gap.extend({ kind: z.enum(GAP_KINDS) }));

const told = z.object({
  /** Those that the run wrote. A later run may have written some of them anew. */
  tables: z.array(z.string()),
  /** By the table that they are of, be it one that the run only read. */
  gaps,
  units: counts,
  codes: counts,
  explained: counts,
  /** Null where the run read no participants. */
  reconciliation: common.reconciliation.nullable(),
  /**
   * Hashes of what others are made of, to tell whether two runs are of the same: the meetings by what they are asked about
   * with; those with what their lists are held against; the sessions with what their minutes are held against, null where
   * the run read no participants. Null where it read no meetings, and in what earlier versions wrote.
   */
  of: z.object({ meetings: z.string(), counts: z.string(), sessions: z.string().nullable() }).nullable().default(null),
});

const manifest = z.object({
  version: z.literal(SCHEMA_VERSION),
  ...common,
  /** Nothing of its tables can change any more by the rules of the settle hours. */
  settled: z.boolean(),
  tables: z.record(z.string(), certified),
  gaps,
  /** What came instead of rows: lists and sessions by Feishu's code, `none` for an empty answer. */
  codes: counts,
  /** What is no gap because it is known why: sessions and meetings by the reason. */
  explained: counts,
  /**
   * What the answers of each run say that has tables here, by the key of its records. Gaps, counts and `complete` follow
   * from it and from the tables alone. Absent in manifests of earlier versions.
   */
  told: z.record(z.string(), told).default({}),
  /** The day's file of the table `days`. Null until the day is rebuilt or asked again by this version. */
  days: z.object({ key: z.string(), bytes: z.number(), sha256: z.string() }).nullable(),
});
type Units = Partial<Record<UnitStatus, number>>;
/** What a run's answers say beside the rows. */
export type Told = Omit<z.infer<typeof told>, 'tables' | 'gaps' | 'units'> & {
  tables: TableName[];
  gaps: TableGap[];
  units: Units;
};
export type Manifest = Omit<z.infer<typeof manifest>, 'tables' | 'gaps' | 'units' | 'told'> & {
  tables: Partial<Record<TableName, CertifiedTable>>;
  gaps: TableGap[];
  units: Units;
  told: Record<string, Told>;
};

/** Version 1 judged days by the run that came last, not by each answer: what it says of being settled is not taken over. */
const firstManifest = z.object({
  version: z.literal(1),
  ...common,
  tables: z.record(
    z.string(),
    table.extend({ run: run.omit({ include_external_meetings: true, include_webinar: true, enrich: true }) }),
  ),
  gaps: z.array(gap),
});

function fromFirst(old: z.infer<typeof firstManifest>): z.infer<typeof manifest> {
  const isVanished = (name: string) => old.gaps.some((each) => each.table === name && each.reason === KEPT_ROWS);
  const tables = Object.entries(old.tables).map(([name, entry]) => [
    name,
    {
      ...entry,
      run: { ...entry.run, include_external_meetings: false, include_webinar: false, enrich: [] },
      schema: old.version,
      product: old.product,
      privacy: markOf(KEEP),
      asked_at: null,
      settled: false,
      vanished: isVanished(name),
      calls: 0,
    },
  ]);
  return {
    ...old,
    version: SCHEMA_VERSION,
    sealed: false,
    settled: false,
    tables: Object.fromEntries(tables),
    gaps: old.gaps.map((each) => ({ ...each, kind: kindOfFirst(each.reason) })),
    codes: {},
    explained: {},
    told: {},
    days: null,
  };
}

/** Words of the gap where a table's rows are kept although an answer has none. */
export const KEPT_ROWS = 'vanished: an empty answer where rows were known; they are kept';
/** Words of the one where not all answers came again that went by policy, or that cannot be read. */
export const KEPT_AS: Record<Exclude<CertifiedTable['vanished'], boolean>, string> = {
  'answers dropped':
    'vanished: not all of the answers that went by RAW_KEEP came again; the rows that were known are kept',
  'answers damaged':
    'vanished: raw answers cannot be read any more and did not all come again; the rows that were known are kept',
};

function kindOfFirst(reason: string): GapKind {
  if (reason.startsWith('vanished')) return 'vanished';
  if (reason.startsWith('the day was not over')) return 'asked-early';
  if (reason.includes('126006')) return 'over-24-hours';
  if (reason.endsWith('was not asked') || reason.endsWith('not asked')) return 'not-asked';
  return reason.includes('pending') ? 'pending' : 'failed';
}

const anyManifest = z.discriminatedUnion('version', [manifest, firstManifest]);

/** The file is none of this product's manifests, or not that of its place. */
export class ManifestError extends StoreError {
  /** What of it is not as it is written. */
  readonly seen: string;

  constructor({ profile, day }: DayOfProfile, seen: string) {
    super(
      'damaged',
      `The manifest of ${day} of profile ${profile} is not as this product writes it: ${seen}. Restore it.`,
    );
    this.seen = seen;
  }
}

interface DayOfProfile {
  profile: string;
  day: string;
}

/** Names of fields, never their values. */
function named(fields: readonly string[]): string {
  return [...new Set(fields)].slice(0, 5).join(', ');
}

/**
 * A manifest of this version, or of an earlier one in the shape of this. `location`: the place that it was read from; it has
 * to be of that profile and day, and so have all files that it names: whoever may write one folder of a store speaks for
 * that alone.
 * @throws ManifestError
 */
export function parseManifest(value: unknown, location: DayOfProfile): Manifest {
  const checked = anyManifest.safeParse(value);
  if (!checked.success) {
    const wrong = checked.error.issues.map(({ path }) => path.join('.') || 'the whole');
    throw new ManifestError(location, `its fields are not the documented ones (${named(wrong)})`);
  }
  const found = (checked.data.version === SCHEMA_VERSION ? checked.data : fromFirst(checked.data)) as Manifest;
  const elsewhere = fieldsElsewhere(found, location);
  if (elsewhere.length === 0) return found;
  throw new ManifestError(location, `it is of another profile or day, or names files of others (${named(elsewhere)})`);
}

function fieldsElsewhere(found: Manifest, location: DayOfProfile): string[] {
  const tables = Object.entries(found.tables) as [TableName, CertifiedTable][];
  return [
    ...(found.profile === location.profile ? [] : ['profile']),
    ...(found.day === location.day ? [] : ['day']),
    ...tables.flatMap(
      ([
        name,
        {
          key,
          run: { stage },
        },
      ]) => [
        ...(key.startsWith(tableFolder(name, location)) ? [] : [`tables.${name}.key`]),
        ...(stage.key.startsWith(stageIndexFolder(location)) ? [] : [`tables.${name}.run.stage.key`]),
      ],
    ),
    ...(found.days === null || found.days.key.startsWith(tableFolder('days', location)) ? [] : ['days.key']),
  ];
}

export async function readManifest(store: Store, location: DayOfProfile): Promise<Manifest | null> {
  return (await findManifest(store, location))?.manifest ?? null;
}

export async function findManifest(
  store: Store,
  location: DayOfProfile,
): Promise<{ manifest: Manifest; key: string; sha256: string } | null> {
  const key = manifestKey(location);
  const bytes = await ifPresent(() => store.read(key));
  if (bytes === undefined) return null;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { manifest: parseManifest(parseJson(bytes), location), key, sha256 };
}

/** Undefined for what is no JSON, which is no manifest either. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function compared(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** One entry for each table and reason. */
export class Gaps {
  readonly #counts = new Map<string, TableGap>();

  /** A log id is that of one call and would keep equal gaps apart; the unit that it belongs to keeps it. */
  add({ table: tableName, kind, reason: words, count = 1 }: Omit<TableGap, 'count'> & { count?: number }): void {
    if (count === 0) return;
    const reason = words.replaceAll(/,? ?log id [\w-]+/g, '');
    const key = JSON.stringify([tableName, kind, reason]);
    const known = this.#counts.get(key);
    if (known) known.count += count;
    else this.#counts.set(key, { table: tableName, kind, reason, count });
  }

  list(): TableGap[] {
    return [...this.#counts.values()].toSorted(
      (a, b) => b.count - a.count || compared(a.reason, b.reason) || compared(a.table, b.table),
    );
  }
}
