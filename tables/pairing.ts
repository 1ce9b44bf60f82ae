/** Two answers about one thing, an exported sheet and a list: finding what belongs together, and joining it. */
import { sourceColumns, TABLE_OF_RESOURCE, type CellKind, type Row } from './columns.ts';
import { grouped } from './keys.ts';
import { noteGap, type TableNotes } from './notes.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { unixOfIso } from '../model/calendar.ts';
import type { SourceRecord } from './records.ts';
import { byContent, unixAt } from './rows.ts';
import type { Steps } from './steps.ts';

/**
 * Brings together what a file and a list say of one thing. Neither carries the other's key, so the nearest pairs go first.
 *
 * @param distance null where the two cannot be one thing
 * @returns for each of `left` its partner or undefined, and those of `right` that have none. Who gets whom depends on the
 * order of both only between candidates of one distance: give them in the order of their content.
 */
export function pairUp<L, R>(
  left: readonly L[],
  right: readonly R[],
  distance: (left: L, right: R) => number | null,
): { partners: (R | undefined)[]; alone: R[] } {
  const candidates: { at: number; with: number; distance: number }[] = [];
  for (const [at, one] of left.entries()) {
    for (const [index, other] of right.entries()) {
      const apart = distance(one, other);
      if (apart !== null) candidates.push({ at, with: index, distance: apart });
    }
  }
  candidates.sort((a, b) => a.distance - b.distance || a.at - b.at || a.with - b.with);
  const partners = new Map<number, number>();
  const taken = new Set<number>();
  for (const { at, with: index } of candidates) {
    if (partners.has(at) || taken.has(index)) continue;
    partners.set(at, index);
    taken.add(index);
  }
  return {
    partners: left.map((_, at) => right[partners.get(at) ?? -1]),
    alone: right.filter((_, index) => !taken.has(index)),
  };
}

/** Feishu documents starts "to the minute" in places: two answers that differ by no more may be of one thing. */
const SAME_START_S = 60;

/** By how many seconds two starts differ; null where they are of two things. */
export function startsApart(a: SourceRecord, b: SourceRecord, column: string): number | null {
  const [left, right] = [unixAt(a.values, column), unixAt(b.values, column)];
  if (left === null || right === null) {
    return left === right && a.unparsed?.[column] === b.unparsed?.[column] ? 0 : null;
  }
  const seconds = Math.abs(left - right);
  return seconds <= SAME_START_S ? seconds : null;
}

/** Whether one is over before the other begins, by more than starts and ends are rounded. */
export function liesApart(a: SourceRecord, b: SourceRecord, { start, end }: { start: string; end: string }): boolean {
  const [from, to, otherFrom, otherTo] = [
    unixAt(a.values, start),
    unixAt(a.values, end),
    unixAt(b.values, start),
    unixAt(b.values, end),
  ];
  if (from === null || to === null || otherFrom === null || otherTo === null) return false;
  return Math.abs(to - otherTo) > SAME_START_S && (to <= otherFrom || otherTo <= from);
}

/**
 * Columns of which both have a figure or a moment, and not the same. Words are not compared: the two spell them differently.
 * A time of which one has the minute alone agrees with it, and so does the duration that follows from it.
 */
function disputedColumns(resource: ExportResource, exported: SourceRecord, listed: SourceRecord): string[] {
  return sourceColumns(resource).flatMap(({ name, source }) => {
    const tolerated = TOLERATED[source.cell];
    if (source.zh === undefined || source.list === undefined || tolerated === undefined) return [];
    const [left, right] = [exported, listed].map(({ values }) => figureOf(values[name] ?? null));
    return left === null || right === null || Math.abs(left! - right!) <= tolerated ? [] : [name];
  });
}

/** By how much two sources may differ that say the same, in the unit of the column. */
const TOLERATED: Partial<Record<CellKind, number>> = { integer: 0, timestamp: SAME_START_S, duration: SAME_START_S };

function figureOf(value: Row[string]): number | null {
  return typeof value === 'string' ? unixOfIso(value) : typeof value === 'number' ? value : null;
}

/** Rows that are made of two sources, and those of them that one has alone. */
export interface JoinedRows {
  rows: Row[];
  alone: Record<'export' | 'list', Row[]>;
}

export interface MadeRow {
  record: SourceRecord;
  row: Row;
}

export function joinedRows(made: readonly MadeRow[]): JoinedRows {
  const of = (source: 'export' | 'list') => made.filter(({ record }) => record.alone === source).map(({ row }) => row);
  return { rows: made.map(({ row }) => row), alone: { export: of('export'), list: of('list') } };
}

/**
 * Records of a file, each with what only its partner in the list can say, and the further ones of the list.
 * @param nameOf those of another name are other things
 * @param distance as `pairUp` takes it
 */
export function* joined(
  resource: ExportResource,
  { exported, listed }: Record<'exported' | 'listed', readonly SourceRecord[]>,
  nameOf: (record: SourceRecord) => string,
  distance: (exported: SourceRecord, listed: SourceRecord) => number | null,
): Steps<SourceRecord[]> {
  const compare = byContent(TABLE_OF_RESOURCE[resource]);
  const filed = yield* grouped(exported, nameOf, compare);
  const further = yield* grouped(listed, nameOf, compare);
  const all: SourceRecord[] = [];
  for (const name of new Set([...filed.keys(), ...further.keys()])) {
    const own = filed.get(name) ?? [];
    const { partners, alone } = pairUp(own, further.get(name) ?? [], distance);
    for (const [index, record] of own.entries()) all.push(withListOnly(resource, record, partners[index]));
    for (const record of alone) all.push({ ...record, alone: 'list' });
    yield;
  }
  return all;
}

/** What the file says, with what only the list can say, and figures and moments that the file leaves empty. */
function withListOnly(
  resource: ExportResource,
  exported: SourceRecord,
  listed: SourceRecord | undefined,
): SourceRecord {
  if (listed === undefined) return { ...exported, alone: 'export' };
  const values = { ...exported.values };
  const unparsed = { ...exported.unparsed };
  for (const { name, source } of sourceColumns(resource)) {
    const isEmpty = (values[name] ?? null) === null && unparsed[name] === undefined;
    if (source.zh !== undefined && !(isEmpty && TOLERATED[source.cell] !== undefined)) continue;
    values[name] = listed.values[name] ?? null;
    const text = listed.unparsed?.[name];
    if (text !== undefined) unparsed[name] = text;
  }
  const disputed = disputedColumns(resource, exported, listed);
  return {
    values,
    ...(Object.keys(unparsed).length > 0 && { unparsed }),
    ...(disputed.length > 0 && { disputed }),
  };
}

/** Notes of the records that are kept what their two sources say otherwise. `what`: for the words of a gap. */
export function noteDisputes(
  records: Iterable<SourceRecord>,
  { what, notes, lookOf }: { what: string; notes: TableNotes; lookOf: (record: SourceRecord) => string },
): void {
  for (const record of records) {
    for (const column of record.disputed ?? []) {
      noteGap(notes, 'sources-differ', { reason: `${column} of ${what}`, about: lookOf(record) });
    }
  }
}
