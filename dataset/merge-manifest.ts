/** A day's manifest: what a run has written of the day, and of the rest what was known of it. */
import type { TableName } from '../tables/columns.ts';
import type { DayBuilder } from './build-day.ts';
import { MADE_OF } from './certificate.ts';
import {
  Gaps,
  KEPT_ROWS,
  SCHEMA_VERSION,
  type CertifiedTable,
  type Manifest,
  type Restatement,
  type TableGap,
  type TableRun,
} from './manifest.ts';
import { sumOfCalls, type UnitRecord } from './records.ts';
import { askedAlike } from './restatement.ts';
import type { DayLocation } from './storage-keys.ts';

const RESTATEMENTS_KEPT = 20;

export interface Writing {
  location: DayLocation;
  /** False for a rebuild: what differs then differs by the rules, not by what Feishu says. */
  fetched: boolean;
  tables: readonly TableName[];
  run: TableRun;
  records: UnitRecord[];
  time_zone: string;
  api_host: string;
  product: string;
  settle_hours: number;
}

export interface Built {
  builder: DayBuilder;
  /** The tables that were written. */
  entries: readonly (readonly [TableName, CertifiedTable])[];
  /** Those that would have become empty: they stay as they are. */
  vanished: readonly TableName[];
  restatements: Restatement[];
}

type Tables = Manifest['tables'];

export function mergedManifest(known: Manifest | null, writing: Writing, built: Built): Omit<Manifest, 'days'> {
  const { location, records, fetched, time_zone, api_host, product } = writing;
  const { certificate, reconciliation } = built.builder;
  const tables = mergedTables(known, writing, built);
  const gaps = [...keptGaps(known, writing, built), ...differing(tables)];
  const ofThisRun = records.filter((record) => record.generation === location.generation);
  const hasUnits = built.entries.some(([table]) => table === 'units');
  const keepsUnits = !hasUnits && known?.tables.units !== undefined;
  const settled = Object.values(tables).every((table) => table.settled);
  const complete = gaps.length === 0;
  return {
    version: SCHEMA_VERSION,
    product,
    profile: location.profile,
    day: location.day,
    time_zone,
    api_host,
    generation: location.generation,
    committed_at: new Date().toISOString(),
    complete,
    settled,
    sealed: complete && settled && (fetched ? isSealed(known, writing, built) : (known?.sealed ?? false)),
    tables,
    // Without quality, the units of a day are its lists.
    units: keepsUnits ? known.units : hasUnits ? certificate.units : certificate.lists,
    gaps,
    codes: keepsUnits ? known.codes : certificate.codes,
    explained: keepsUnits ? known.explained : certificate.explained,
    calls: fetched ? sumOfCalls(ofThisRun) : (known?.calls ?? {}),
    unknown_creates: fetched
      ? ofThisRun.reduce((sum, record) => sum + record.unknown_creates, 0)
      : (known?.unknown_creates ?? 0),
    reconciliation: reconciliation ?? known?.reconciliation ?? {},
    restatements: [...built.restatements, ...(known?.restatements ?? [])].slice(0, RESTATEMENTS_KEPT),
  };
}

function mergedTables(known: Manifest | null, { fetched }: Writing, { entries, vanished }: Built): Tables {
  const tables: Tables = { ...known?.tables };
  for (const [name, entry] of entries) {
    // A rebuild makes the rows again that were kept, and they are as old as they were.
    const isKept = !fetched && known?.tables[name]?.vanished === true;
    const calls = fetched ? entry.calls : (known?.tables[name]?.calls ?? 0);
    tables[name] = isKept ? { ...entry, calls, vanished: true, settled: false } : { ...entry, calls };
  }
  for (const name of vanished) {
    const entry = tables[name];
    if (entry) tables[name] = { ...entry, vanished: true, settled: false };
  }
  return tables;
}

/** What was found now, and of the tables that were not looked at what was known of them. */
function keptGaps(known: Manifest | null, writing: Writing, { builder, vanished }: Built): TableGap[] {
  const kept = vanished.map((table): TableGap => ({ table, kind: 'vanished', reason: KEPT_ROWS, count: 1 }));
  const found = [...ofWrittenTables(builder.gaps(), writing.tables), ...kept];
  const isFound = (gap: TableGap) =>
    found.some((each) => each.table === gap.table && each.kind === gap.kind && each.reason === gap.reason);
  const old = (known?.gaps ?? []).filter((gap) => {
    if (gap.kind === 'tables-differ') return false;
    // What a later run was told of a table whose rows are kept is in no record that the rows were made of.
    if (!writing.fetched && known?.tables[gap.table]?.vanished === true) return !isFound(gap);
    return !writing.tables.includes(gap.table) && !found.some((each) => each.table === gap.table);
  });
  return [...found, ...old];
}

/**
 * What is a gap of a table that the run read and does not write, since another is made of it, is a gap of that other one:
 * the day's own file of the former may be whole.
 */
function ofWrittenTables(gaps: readonly TableGap[], tables: readonly TableName[]): TableGap[] {
  const madeOf = (table: TableName): TableName[] => {
    const upstream = MADE_OF[table];
    return upstream === undefined ? [] : [upstream, ...madeOf(upstream)];
  };
  const moved = new Gaps();
  for (const gap of gaps) {
    const table = tables.includes(gap.table) ? gap.table : tables.find((each) => madeOf(each).includes(gap.table));
    moved.add({ ...gap, table: table ?? gap.table });
  }
  return moved.list();
}

/** Tables of one day that come from different runs may be of different meetings or people. */
function differing(tables: Tables): TableGap[] {
  return (Object.entries(MADE_OF) as [TableName, TableName][]).flatMap(([name, upstream]): TableGap[] => {
    const takes = tables[name]?.takes ?? null;
    const gives = tables[upstream]?.gives ?? null;
    if (takes === null || gives === null || takes === gives) return [];
    const reason = `the table ${upstream} has changed since: ask for ${name} again`;
    return [{ table: name, kind: 'tables-differ', reason, count: 1 }];
  });
}

/** Every list was asked again, alike, and gave the same rows as the look before. */
function isSealed(known: Manifest | null, { location }: Writing, { builder, entries }: Built): boolean {
  if (!known || !builder.certificate.isFresh(location.generation)) return false;
  const now = new Map(entries);
  return (Object.entries(known.tables) as [TableName, CertifiedTable][]).every(([name, before]) => {
    const entry = now.get(name);
    return entry !== undefined && entry.rows_hash === before.rows_hash && askedAlike(before.run, entry.run);
  });
}
