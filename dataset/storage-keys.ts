/** Where things lie under DATA_URL. The one file that knows the folder layout. */
import type { ExportResource } from '../feishu/contract.ts';
import { decodeSegment, encodeSegment } from '../store/keys.ts';
import { TABLES, type TableName } from '../tables/columns.ts';

/** What raw files are of: the four lists, and the rooms that reservations are joined with. */
export type StageResource = ExportResource | 'rooms';
export const STAGE_RESOURCES: readonly StageResource[] = [
  'meeting_list',
  'participant_list',
  'participant_quality_list',
  'resource_reservation_list',
  'rooms',
];

/** A day of a profile. `generation`: when its run began, unix ms; a later run has a larger one. */
export interface DayLocation {
  kind: 'day';
  profile: string;
  day: string;
  generation: number;
}
/** A run of a single resource, meeting or participant, with files of its own. */
export interface SingleRunLocation {
  kind: 'single';
  workflow_id: string;
  run_id: string;
  generation: number;
}
export type StageLocation = DayLocation | SingleRunLocation;
/** One unit of work: one list, one file, one session's minutes. `unit` is unique within its resource. */
export type UnitLocation = StageLocation & { resource: StageResource; unit: string };

const RECORD = 'record.json';

function partition({ profile, day }: { profile: string; day: string }): string {
  return `profile=${encodeSegment(profile)}/day=${encodeSegment(day)}`;
}

function single({ workflow_id, run_id }: { workflow_id: string; run_id: string }): string {
  return `${encodeSegment(workflow_id)}/${encodeSegment(run_id)}`;
}

/** Folder of all raw files of one resource, with a slash at its end. */
export function resourceFolder(location: StageLocation, resource: StageResource): string {
  const where =
    location.kind === 'day' ? `${resource}/${partition(location)}` : `_single/${resource}/${single(location)}`;
  return `raw/${where}/`;
}

export function unitFolder(location: UnitLocation): string {
  return `${resourceFolder(location, location.resource)}${encodeSegment(location.unit)}/`;
}

export function recordKey(location: UnitLocation): string {
  return unitFolder(location) + RECORD;
}

/** Of the key of a day's list of participants; null for any other key. */
export function profileOfList(key: string): string | null {
  const found = /^raw\/participant_list\/profile=([^/]+)\/day=[^/]+\/[^/]+\/record\.json$/.exec(key);
  return decodeSegment(found?.[1] ?? '') || null;
}

/** Where the raw files of a record lie, and of the parts that it was joined from: the resource's folder, with a slash at its end. */
export function rawFolderOf(recordsKey: string): string {
  return `${recordsKey.split('/').slice(0, -2).join('/')}/`;
}

/** The same for a resource's records in the index of a commit. */
export function rawFolderOfIndexed(indexKey: string, resource: StageResource): string {
  return `raw/${resource}/${indexKey.split('/').slice(2, -1).join('/')}/`;
}

export function isRecordKey(key: string): boolean {
  return key.endsWith(`/${RECORD}`);
}

/** Names carry the run, so that a later run's files never replace those that a committed day was made of. */
export function exportFileKey(location: UnitLocation, taskId: string): string {
  return `${unitFolder(location)}${location.generation}-task-${encodeSegment(taskId)}.xlsx`;
}

export function pageKey(location: UnitLocation, page: number): string {
  return `${unitFolder(location)}${location.generation}-page-${String(page).padStart(5, '0')}.json.gz`;
}

/** The records that a commit was made of. */
export function stageIndexKey(location: DayLocation): string {
  return `raw/_index/${partition(location)}/${location.generation}.json.gz`;
}

export function stageIndexFolder(location: { profile: string; day: string }): string {
  return `raw/_index/${partition(location)}/`;
}

const RAW_OF_DAY = /^raw\/([a-z][a-z_]*)\/(profile=[^/]+\/day=[^/]+)\/(.+)$/;

/** Of a day's raw file: where the day's packs lie, and as what it lies in one. Null for the files of single runs, which are not packed. */
export function placeInPacks(key: string): { folder: string; resource: StageResource; name: string } | null {
  const [, resource, day, name] = RAW_OF_DAY.exec(key) ?? [];
  if (resource === undefined || day === undefined || name === undefined) return null;
  return { folder: `raw/_packed/${day}/`, resource: resource as StageResource, name };
}

/** Where the packs of a day's raw files lie, and the list of those in force; with a slash at its end. */
export function packFolder(location: { profile: string; day: string }): string {
  return `raw/_packed/${partition(location)}/`;
}

export function packListKey(folder: string): string {
  return `${folder}packs.json`;
}

/** Of its bytes' hash: other members lie under another name, so that nobody reads one that changes. */
export function packKey(
  folder: string,
  { resource, sha256, isEncrypted }: { resource: StageResource; sha256: string; isEncrypted: boolean },
): string {
  return `${packPlace(folder, resource)}-${sha256.slice(0, 32)}.zip${isEncrypted ? ENCRYPTED : ''}`;
}

/** What the keys of a resource's packs have in common: what is encrypted as one of them opens as no other's. */
export function packPlace(folder: string, resource: StageResource): string {
  return `${folder}${resource}`;
}

const ENCRYPTED = '.encrypted';

export function isEncryptedPack(key: string): boolean {
  return key.endsWith(ENCRYPTED);
}

/** Unix ms: the run that received an answer, or wrote an index; null for any other key. */
export function generationOf(key: string): number | null {
  const found = /\/(\d+)(?:-(?:page|task)-[^/]*|\.json\.gz)$/.exec(key)?.[1];
  return found === undefined ? null : Number(found);
}

/** With a slash at its end. */
export function tableFolder(table: TableName | 'days', location: { profile: string; day: string }): string {
  return `tables/${table}/${partition(location)}/`;
}

export function tableKey(table: TableName | 'days', location: { profile: string; day: string }): string {
  return `${tableFolder(table, location)}data.parquet`;
}

export function singleTableKey(type: string, location: SingleRunLocation): string {
  return `tables/_single/${encodeSegment(type)}/${single(location)}.parquet`;
}

export function manifestKey({ profile, day }: { profile: string; day: string }): string {
  return `manifests/profile=${encodeSegment(profile)}/day=${encodeSegment(day)}.json`;
}

/** What a receiver was told of; `cause`: from the general to the particular. */
export function notifiedKey(receiver: string, ...cause: string[]): string {
  return `${notifiedFolder(receiver, ...cause.slice(0, -1))}${encodeSegment(cause.at(-1) ?? '')}.json`;
}

/** With a slash at its end. */
export function notifiedFolder(receiver: string, ...parts: string[]): string {
  return ['notified', receiver, ...parts].map((part) => `${encodeSegment(part)}/`).join('');
}

interface Keys {
  list(prefix: string): AsyncIterable<string>;
}

/** The days of a profile that have a manifest, the oldest first. */
export async function manifestDays(store: Keys, profile: string): Promise<string[]> {
  const days = await daysOfKeys(store, `manifests/profile=${encodeSegment(profile)}/`);
  return [...days].toSorted();
}

/** The days of a profile that have a manifest or files of one of the tables, the oldest first. */
export async function storedDays(store: Keys, profile: string, tables: readonly string[]): Promise<string[]> {
  const folder = `profile=${encodeSegment(profile)}/`;
  const prefixes = [`manifests/${folder}`, ...tables.map((table) => `tables/${table}/${folder}`)];
  const days = await Promise.all(prefixes.map((prefix) => daysOfKeys(store, prefix)));
  return [...new Set(days.flatMap((each) => [...each]))].toSorted();
}

/** The days of a profile that have anything in the store, be it answers alone, the oldest first. */
export async function profileDays(store: Keys, profile: string): Promise<string[]> {
  const folder = `profile=${encodeSegment(profile)}/`;
  const prefixes = [...STAGE_RESOURCES, '_index', '_packed'].map((resource) => `raw/${resource}/${folder}`);
  const tables = await storedDays(store, profile, [...Object.keys(TABLES), 'days']);
  const days = await Promise.all(prefixes.map((prefix) => daysOfKeys(store, prefix)));
  return [...new Set([...tables, ...days.flatMap((each) => [...each])])].toSorted();
}

async function daysOfKeys(store: Keys, prefix: string): Promise<Set<string>> {
  const days = new Set<string>();
  for await (const key of store.list(prefix)) {
    const day = decodeSegment(/\/day=([^/]+?)(?:\.json$|\/)/.exec(key)?.[1] ?? '');
    if (day !== undefined && day !== '') days.add(day);
  }
  return days;
}

/** Where single runs have their answers and tables. */
export const SINGLE_FOLDERS = ['raw/_single/', 'tables/_single/'] as const;

/** Whether a single run was started for another profile, as far as its id says so: the client makes ids that do. */
export function isRunOfAnother(profile: string, workflowId: string): boolean {
  const named = /\/(?:export|quality|participant)\/([^/]+)\/[0-9a-f]+$/.exec(workflowId)?.[1];
  return named !== undefined && named !== profile;
}

/** `<workflow id>/<run id>` of a file of a single run, as they stand in keys; null for any other key. */
export function singleRunOf(key: string): string | null {
  const found = /^(?:raw|tables)\/_single\/[^/]+\/([^/]+\/[^/]+?)(?:\.parquet$|\/)/.exec(key);
  return found?.[1] ?? null;
}
