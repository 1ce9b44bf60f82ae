/** Tables of single runs: one resource, one session, one meeting. */
import { rm } from 'node:fs/promises';
import type { ExportResource } from '../feishu/contract.ts';
import { readSheets } from '../sheets/index.ts';
import type { Store } from '../store/store.ts';
import { writeParquet } from '../store/parquet.ts';
import { TABLE_OF_RESOURCE, TABLES, type Row, type TableName } from '../tables/columns.ts';
import type { Policy } from '../tables/privacy.ts';
import { countRecords } from '../tables/records.ts';
import { disguiseOf } from './disguise.ts';
import { singleTableKey, recordKey, type SingleRunLocation } from './storage-keys.ts';
import { unaskable, type MeetingRef } from './meetings.ts';
import { participantsOfList, qualityUnits, sessionsOfList } from './pending-units.ts';
import type { QualitySource } from './questions.ts';
import { RawFiles } from './raw-files.ts';
import { readRecord } from './records.ts';
import type { RawFile } from './unit-record.ts';
import { StageReader } from './stage.ts';

/** Reads a file to its end. @throws UnreadableFileError, HeaderError */
export async function countSheetRows(
  store: Store,
  { resource, file }: { resource: ExportResource; file: RawFile },
): Promise<number> {
  return await new RawFiles(store).withSource(file, async (source) => countRecords(resource, readSheets(source)));
}

/** How rows are read and shown. `zone`: of the profile. */
export interface Reading {
  zone: string;
  privacy: Policy;
}

async function writeTable(
  store: Store,
  privacy: Policy,
  {
    type,
    location,
    table,
    rows,
  }: { type: string; location: SingleRunLocation; table: TableName; rows: Iterable<Row> | AsyncIterable<Row> },
): Promise<{ uri: string; rows: number }> {
  const key = singleTableKey(type, location);
  const tempPath = await store.tempPath();
  try {
    const shown = (await disguiseOf(store, privacy)).rows(table, rows);
    const { columns } = TABLES[table];
    const written = await writeParquet({ columns, rows: shown, sortBy: [], toPath: tempPath });
    await store.putFile(key, tempPath);
    return { uri: store.uri(key), rows: written.rows };
  } finally {
    await rm(tempPath, { force: true });
  }
}

/** The rows of one export's file, all of them, whatever day they belong to. */
export async function writeResourceTable(
  store: Store,
  { zone, privacy }: Reading,
  { location, resource }: { location: SingleRunLocation & { unit: string }; resource: ExportResource },
): Promise<{ uri: string; file: RawFile }> {
  const record = await readRecord(store, { ...location, resource });
  const [file] = record?.files ?? [];
  if (!record || !file) throw new Error(`the record of ${resource} is not there`);
  const reader = new StageReader(store, zone);
  const rowsOf: Record<ExportResource, () => Promise<Row[]>> = {
    meeting_list: async () => (await reader.meetings(record, undefined, null)).rows,
    participant_list: () => reader.participants(record),
    participant_quality_list: async () => (await reader.quality(undefined, record)).rows,
    resource_reservation_list: async () => (await reader.reservations([record], undefined, null)).rows,
  };
  const rows = await rowsOf[resource]();
  const { uri } = await writeTable(store, privacy, {
    type: 'exportResource',
    location,
    table: TABLE_OF_RESOURCE[resource],
    rows,
  });
  return { uri, file };
}

export interface QualityAsk {
  unit: string;
  source: QualitySource;
}

/** One session's minutes, from the units that it was fetched by. */
export async function writeSessionTable(
  store: Store,
  { zone, privacy }: Reading,
  { location, session }: { location: SingleRunLocation; session: QualityAsk },
): Promise<{ uri: string; rows: number }> {
  const rows = await sessionRows(store, zone, { location, ...session });
  return await writeTable(store, privacy, { type: 'participantQuality', location, table: 'quality_minutes', rows });
}

async function sessionRows(
  store: Store,
  zone: string,
  { location, unit, source }: QualityAsk & { location: SingleRunLocation },
): Promise<Row[]> {
  const records = await Promise.all(qualityUnits(location, unit, source).map((each) => readRecord(store, each)));
  const by = (via: 'list' | 'export') => records.find((record) => record?.via === via) ?? undefined;
  return (await new StageReader(store, zone).quality(by('list'), by('export'))).rows;
}

/** The minutes of everybody in these meetings, and beside them who everybody is. `participants`: key of the list to use for all; null: each one's own. */
export async function writeMeetingsTable(
  store: Store,
  { zone, privacy }: Reading,
  input: { location: SingleRunLocation; source: QualitySource; participants: string | null; meetings: MeetingRef[] },
): Promise<{ uri: string; rows: number }> {
  const { location, source } = input;
  const keyOf = ({ meeting_key: unit }: MeetingRef) =>
    input.participants ?? recordKey({ ...location, resource: 'participant_list', unit });
  async function* people(): AsyncGenerator<Row, void, undefined> {
    for (const meeting of input.meetings) yield* await participantsOfList(store, zone, keyOf(meeting));
  }
  async function* rows(): AsyncGenerator<Row, void, undefined> {
    for (const meeting of input.meetings) {
      for (const session of await sessionsOfList(store, zone, keyOf(meeting))) {
        const unit = session.session_key;
        if (unaskable(session) === null) yield* await sessionRows(store, zone, { location, source, unit });
      }
    }
  }
  await writeTable(store, privacy, { type: 'participants', location, table: 'participants', rows: people() });
  return await writeTable(store, privacy, { type: 'meetingQuality', location, table: 'quality_minutes', rows: rows() });
}
