/** The tables as PostgreSQL has them: `profile` and `day` come first, then the columns of the Parquet files in their order. */
import { createHash } from 'node:crypto';
import { DAYS_COLUMNS } from '../dataset/days-table.ts';
import { TABLES, type TableName } from '../tables/columns.ts';

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

type ColumnType = (typeof DAYS_COLUMNS)[number]['type'];

/** JSON stays the text that it is, as in the files: `jsonb` would order its fields and refuse escapes that `json` takes. */
const POSTGRES_TYPE: Record<ColumnType, string> = {
  text: 'text',
  integer: 'integer',
  double: 'double precision',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  json: 'json',
};

interface WarehouseColumn {
  name: string;
  /** As PostgreSQL names it. */
  type: string;
  comment: string;
}

export interface WarehouseTable {
  name: string;
  comment: string;
  columns: readonly WarehouseColumn[];
  key: readonly string[];
  /** Columns with an index each. Every one slows the load of a day down. */
  indexed: readonly string[];
}

const COMMENT_OF_TABLE: Record<TableName, string> = {
  meetings: 'One row for each meeting',
  participants: 'One row for each participant, room or guest of a meeting',
  quality_minutes: 'One row for each minute of a participant-session',
  reservations: 'One row for each reservation of a room',
  units: 'One row for each participant-session that was to be asked about, with what became of it',
};

/** Of columns that are read from no file and no list. */
const MEANING: Record<string, string> = {
  row_key: 'Hash of the key columns and ordinal; unique in the table of a profile',
  meeting_key: 'Hash of meeting number and start: joins every table about meetings',
  session_key: 'Hash of meeting, id and join time: one participant-session; rows that share it are one unit',
  ordinal: 'Numbers rows whose keys are equal, from 1, by what they say',
  meeting_no: '9-digit meeting number; recurring meetings reuse it',
  user_id: 'Of the kind that the run asked for: days.user_id_type',
  room_id: 'omm_… of a Rooms device',
  time: 'Start of the minute',
  source: 'list, export or both: where the minute comes from',
  conflicts: 'JSON: what list and file say differently of the minute',
  status: 'done, empty, pending, skipped or failed',
  reason: "Feishu's code and text, or why it was skipped",
  rows: 'Rows that were found',
  pages: 'Pages that were read',
  asked_at: 'When it was asked',
  settled: 'Nothing of it can change any more',
  code: "Feishu's code, where one came instead of data",
  minutes_expected: 'By join and leave time',
  unparsed: 'JSON, column → original text, of values that do not parse; NULL where all did',
};

const PARTITION: readonly WarehouseColumn[] = [
  { name: 'profile', type: 'text', comment: 'Profile whose account was asked' },
  { name: 'day', type: 'date', comment: 'Day in which it starts, in the zone of the profile: profiles.time_zone' },
];

type TableColumn = (typeof TABLES)[TableName]['columns'][number];

function commentOf({ name, source }: TableColumn): string {
  const ofSource = [
    ...(source?.zh ? [`file: ${source.zh[0]}`] : []),
    ...(source?.en ? [source.en[0]] : []),
    ...(source?.list ? [`list: ${source.list}`] : []),
  ].join('; ');
  return ofSource || (MEANING[name] ?? '');
}

function dataTable(name: TableName): WarehouseTable {
  const columns = TABLES[name].columns.map((column) => ({
    name: column.name,
    type: POSTGRES_TYPE[column.type],
    comment: commentOf(column),
  }));
  const joins = columns.filter(({ name: each }) => each === 'session_key' || each === 'meeting_key');
  return {
    name,
    comment: COMMENT_OF_TABLE[name],
    columns: [...PARTITION, ...columns],
    key: ['profile', 'day', 'row_key'],
    // The minutes are many: they are joined by session, and a session knows its meeting.
    indexed: joins.map(({ name: each }) => each).filter((each) => name !== 'quality_minutes' || each === 'session_key'),
  };
}

const plain = (name: string, type: string, comment: string): WarehouseColumn => ({ name, type, comment });

/** What the loader notes beside the columns of the files. */
const NOTED: readonly WarehouseColumn[] = [
  plain('loaded_at', 'timestamptz', 'When the warehouse took this over'),
  plain('file_sha256', 'text', 'Hash of the Parquet file that they came from'),
  plain('manifest_sha256', 'text', 'Hash of the manifest of the day'),
  plain('columns_hash', 'text', 'Which columns the tables had then'),
];

const DAYS: WarehouseTable = {
  name: 'days',
  comment: 'One row for each day and table that is here: what it holds and lacks',
  columns: [
    ...DAYS_COLUMNS.map(({ name, type }) => ({
      name,
      type: name === 'day' ? 'date' : POSTGRES_TYPE[type],
      comment: { gaps: 'JSON: what it lacks, [{kind, reason, count}]' }[name] ?? '',
    })),
    ...NOTED,
  ],
  key: ['profile', 'day', 'table'],
  indexed: [],
};

const PROFILES: WarehouseTable = {
  name: 'profiles',
  comment: 'Whose rows a profile has',
  columns: [
    plain('profile', 'text', 'Name of the profile'),
    plain('api_host', 'text', 'Where its account is'),
    plain('time_zone', 'text', 'IANA name: what a day is'),
  ],
  key: ['profile'],
  indexed: [],
};

export const WAREHOUSE_TABLES: readonly WarehouseTable[] = [...TABLE_NAMES.map(dataTable), DAYS, PROFILES];

/** Tells days that were loaded before a column was there: their files may have had it already. */
export const COLUMNS_HASH = createHash('sha256')
  .update(
    JSON.stringify(WAREHOUSE_TABLES.map(({ name, columns }) => [name, columns.map((each) => [each.name, each.type])])),
  )
  .digest('hex')
  .slice(0, 16);
