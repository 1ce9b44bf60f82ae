/**
 * A day's manifest from what its runs were told: the one place where gaps and counts of several runs become those of a day.
 *
 * A commit replaces what one run says, a rebuild all of it; the rest follows here, so both come to the same.
 */
import { TABLES, type TableName } from '../tables/columns.ts';
import { MADE_OF } from './certificate.ts';
import { speaksForAll, type DayAsk } from './questions.ts';
import { Gaps, KEPT_AS, KEPT_ROWS, SCHEMA_VERSION, type Manifest, type TableGap, type Told } from './manifest.ts';

export type Tables = Manifest['tables'];

/** What no answer says: who wrote the day and when, and what it took. */
type Facts = Pick<
  Manifest,
  | 'product'
  | 'profile'
  | 'day'
  | 'time_zone'
  | 'api_host'
  | 'generation'
  | 'committed_at'
  | 'sealed'
  | 'calls'
  | 'unknown_creates'
  | 'restatements'
  | 'erased'
>;

/** One run's part of a day. */
interface Part {
  key: string;
  generation: number;
  /** Those that it has written last. */
  tables: TableName[];
  /** How all of them were asked for. */
  ask: DayAsk;
  told: Told;
}

/** @param told by the key of a run's records; those that no table is made of are left out */
export function composed(facts: Facts, tables: Tables, told: Manifest['told']): Omit<Manifest, 'days'> {
  const parts = partsOf(tables, told);
  const gaps = gapsOf(tables, parts);
  const counted = ownerOf(parts, 'units') ?? parts[0];
  const people = ownerOf(parts, 'participants') ?? parts.find((part) => part.told.reconciliation !== null);
  const complete = gaps.length === 0;
  const names = Object.keys(TABLES) as TableName[];
  const settled = Object.values(tables).every((table) => table.settled);
  return {
    ...facts,
    version: SCHEMA_VERSION,
    complete,
    settled,
    sealed: facts.sealed && complete && settled,
    tables: Object.fromEntries(names.flatMap((name) => (tables[name] ? [[name, tables[name]]] : []))),
    // Without quality, the units of a day are its lists.
    units: counted?.told.units ?? {},
    gaps,
    codes: counted?.told.codes ?? {},
    explained: counted?.told.explained ?? {},
    reconciliation: people?.told.reconciliation ?? {},
    told: Object.fromEntries(parts.map((part) => [part.key, part.told])),
  };
}

export function factsOf(manifest: Facts): Facts {
  const { product, profile, day, time_zone, api_host, generation } = manifest;
  const { committed_at, sealed, calls, unknown_creates, restatements, erased } = manifest;
  const when = { generation, committed_at, sealed };
  return { product, profile, day, time_zone, api_host, ...when, calls, unknown_creates, restatements, erased };
}

/** What the manifest says of each run. One of an earlier version says it of the day as a whole. */
export function toldIn(manifest: Manifest): Manifest['told'] {
  if (Object.keys(manifest.told).length > 0) return manifest.told;
  const { units, codes, explained, reconciliation } = manifest;
  return Object.fromEntries(
    [...runsOf(manifest.tables)].map(([key, { tables }]) => {
      const gaps = manifest.gaps.filter((gap) => tables.includes(gap.table) && !isOfTheDay(gap));
      return [key, { tables, gaps, units, codes, explained, reconciliation, of: null }];
    }),
  );
}

/** The tables of each run, by the key of its records. */
export function runsOf(tables: Tables): Map<string, Omit<Part, 'key' | 'told'>> {
  const runs = new Map<string, Omit<Part, 'key' | 'told'>>();
  for (const name of Object.keys(TABLES) as TableName[]) {
    const run = tables[name]?.run;
    if (!run) continue;
    const known = runs.get(run.stage.key);
    if (known) known.tables.push(name);
    else runs.set(run.stage.key, { generation: run.generation, tables: [name], ask: run });
  }
  return runs;
}

/** The newest first. */
function partsOf(tables: Tables, told: Manifest['told']): Part[] {
  return [...runsOf(tables)]
    .flatMap(([key, run]) => (told[key] ? [{ key, ...run, told: told[key] }] : []))
    .toSorted((a, b) => b.generation - a.generation);
}

function ownerOf(parts: readonly Part[], table: TableName): Part | undefined {
  return parts.find((part) => part.tables.includes(table));
}

function gapsOf(tables: Tables, parts: readonly Part[]): TableGap[] {
  const gaps = new Gaps();
  for (const part of parts) {
    for (const gap of part.told.gaps) {
      const table = bearerOf(gap.table, part, parts);
      if (table !== null) gaps.add({ ...gap, table });
    }
  }
  for (const [table, { vanished }] of entriesOf(tables)) {
    if (vanished) gaps.add({ table, kind: 'vanished', reason: vanished === true ? KEPT_ROWS : KEPT_AS[vanished] });
  }
  for (const gap of differing(tables, parts)) gaps.add(gap);
  return gaps.list();
}

/**
 * Whose gap it is in the day. What a run was told of a table that it does not write is a gap of the one that it made of
 * it; null where another run has written that table, or one between them, and speaks for it.
 */
function bearerOf(table: TableName, part: Part, parts: readonly Part[]): TableName | null {
  if (part.tables.includes(table)) return table;
  for (const each of part.tables) {
    const above = madeOf(each);
    if (!above.includes(table)) continue;
    const between = above.slice(0, above.indexOf(table) + 1);
    if (!between.some((name) => speaksFor(ownerOf(parts, name), name, part))) return each;
  }
  return null;
}

/** Whether what a run wrote as the table is all that this one asked for it, made of the same. */
function speaksFor(other: Part | undefined, table: TableName, part: Part): boolean {
  if (other === part) return true;
  if (!other || !speaksForAll(table, part.ask, other.ask)) return false;
  const [upstream] = madeOf(table);
  return upstream === undefined || areOfTheSame(upstream, part, other);
}

/** Whether two runs were told the same of a table, as far as it tells for those that are made of it. */
function areOfTheSame(table: TableName, { told: { of: one } }: Part, { told: { of: other } }: Part): boolean {
  if (!one || !other) return false;
  return table === 'meetings'
    ? one.counts === other.counts
    : one.meetings === other.meetings && one.sessions === other.sessions;
}

/** What a table is made of, the nearest first. */
export function madeOf(table: TableName): TableName[] {
  const upstream = MADE_OF[table];
  return upstream === undefined ? [] : [upstream, ...madeOf(upstream)];
}

/** Found by looking at all of the day's tables, not by a run. */
function isOfTheDay({ kind, reason }: TableGap): boolean {
  return kind === 'tables-differ' || reason === KEPT_ROWS || Object.values(KEPT_AS).includes(reason);
}

const BY_ANOTHER_POLICY =
  'written under another privacy policy than the tables that it is joined with: rebuild the day';
const BY_EARLIER_VERSION = 'written by an earlier version of this product: rebuild the day';

/**
 * Tables of one day that come from different runs may be of different meetings or people. Of what an earlier version
 * wrote nobody knows; version 1 judged by other rules besides.
 */
function differing(tables: Tables, parts: readonly Part[]): TableGap[] {
  return entriesOf(tables).flatMap(([name, { schema, privacy }]): TableGap[] => {
    const differ = (reason: string): TableGap[] => [{ table: name, kind: 'tables-differ', reason, count: 1 }];
    if (schema < SCHEMA_VERSION) return differ(BY_EARLIER_VERSION);
    const upstream = madeOf(name).find((each) => tables[each] !== undefined);
    if (upstream && tables[upstream]!.privacy.fingerprint !== privacy.fingerprint) return differ(BY_ANOTHER_POLICY);
    const [own, other] = [ownerOf(parts, name), upstream && ownerOf(parts, upstream)];
    if (!own || !other || own === other || areOfTheSame(upstream!, own, other)) return [];
    if (!own.told.of || !other.told.of) return differ(BY_EARLIER_VERSION);
    if (own.generation < other.generation)
      return differ(`the table ${upstream} has changed since: ask for ${name} again`);
    return differ(`made of other meetings or people than the table ${upstream} has: ask for ${upstream} again`);
  });
}

function entriesOf(tables: Tables) {
  return Object.entries(tables) as [TableName, NonNullable<Tables[TableName]>][];
}
