/** Makes the tables and brings them up to this version. Running it again changes nothing. */
import { quoteName, quoteText } from '../store/duckdb.ts';
import { WarehouseError } from './errors.ts';
import type { Session } from './session.ts';
import { TABLE_NAMES, WAREHOUSE_TABLES, type WarehouseTable } from './tables.ts';
import { viewsOf } from './views.ts';

/**
 * Raised with every change of the tables or views; a test tells when. Statements below add what is missing, so a version
 * needs one of its own only where that does not do.
 */
export const WAREHOUSE_VERSION = 2;

const VERSION_TABLE = 'schema_version';

function versionTable(schema: string): string {
  return `${quoteName(schema)}.${quoteName(VERSION_TABLE)}`;
}

/** Every statement within the schema, in order; each may be run again. */
export function schemaStatements(schema: string): string[] {
  const within = quoteName(schema);
  return [
    `CREATE TABLE IF NOT EXISTS ${versionTable(schema)} (version integer PRIMARY KEY, made_at timestamptz NOT NULL DEFAULT now())`,
    ...WAREHOUSE_TABLES.flatMap((table) => tableStatements(within, table)),
    ...viewsOf(schema).flatMap(({ name, comment, sql }) => [
      `CREATE OR REPLACE VIEW ${within}.${quoteName(name)} AS ${sql}`,
      `COMMENT ON VIEW ${within}.${quoteName(name)} IS ${quoteText(comment)}`,
    ]),
  ];
}

function tableStatements(within: string, { name, comment, columns, key, indexed }: WarehouseTable): string[] {
  const table = `${within}.${quoteName(name)}`;
  const keys = columns.filter((column) => key.includes(column.name));
  const others = columns.filter((column) => !key.includes(column.name));
  const defined = columns.map((column) => `${quoteName(column.name)} ${column.type}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (${defined.join(', ')}, PRIMARY KEY (${keys.map((each) => quoteName(each.name)).join(', ')}))`,
    ...others.map((column) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${quoteName(column.name)} ${column.type}`),
    ...indexed.map(
      (column) => `CREATE INDEX IF NOT EXISTS ${quoteName(`${name}_${column}`)} ON ${table} (${quoteName(column)})`,
    ),
    `COMMENT ON TABLE ${table} IS ${quoteText(comment)}`,
    ...columns
      .filter((column) => column.comment !== '')
      .map((column) => `COMMENT ON COLUMN ${table}.${quoteName(column.name)} IS ${quoteText(column.comment)}`),
  ];
}

/** Null: nothing has been made there yet. */
export async function schemaVersion(session: Session): Promise<number | null> {
  // By the catalogue, which whoever may not use the schema can read as well.
  const found = await session.query(`SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = $2`, [
    session.schema,
    VERSION_TABLE,
  ]);
  if (found.rows.length === 0) return null;
  const { rows } = await session.query(`SELECT max(version) AS version FROM ${versionTable(session.schema)}`);
  return typeof rows[0]?.['version'] === 'number' ? rows[0]['version'] : null;
}

/**
 * After it the tables are there, of this version.
 * @throws WarehouseError `newer`; `unprepared` where this user may not make what is missing
 */
export async function prepareSchema(session: Session): Promise<void> {
  if (isCurrent(session.schema, await schemaVersion(session))) return;
  try {
    await session.transaction(async () => {
      // Two workers that start together: the second finds all of it made.
      await session.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [
        `feishu-vc schema ${session.schema}`,
      ]);
      if (isCurrent(session.schema, await schemaVersion(session))) return;
      // Not "if not exists": its owner need not have the right to make schemas.
      const known = await session.query(`SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1`, [session.schema]);
      if (known.rows.length === 0) await session.query(`CREATE SCHEMA ${quoteName(session.schema)}`);
      for (const statement of schemaStatements(session.schema)) await session.query(statement);
      await session.query(`INSERT INTO ${versionTable(session.schema)} (version) VALUES ($1) ON CONFLICT DO NOTHING`, [
        WAREHOUSE_VERSION,
      ]);
    });
  } catch (error) {
    if (!(error instanceof WarehouseError) || error.code !== 'denied') throw error;
    throw new WarehouseError(
      'unprepared',
      `The schema ${session.schema} of the warehouse is not of version ${WAREHOUSE_VERSION}, and the user of WAREHOUSE_URL may not make it so`,
      'run feishu-vc warehouse prepare once, with a WAREHOUSE_URL of the user that owns it',
    );
  }
}

function isCurrent(schema: string, version: number | null): boolean {
  if (version === null || version < WAREHOUSE_VERSION) return false;
  if (version === WAREHOUSE_VERSION) return true;
  throw new WarehouseError(
    'newer',
    `The schema ${schema} of the warehouse is of version ${version}, this product knows ${WAREHOUSE_VERSION}`,
    'update this worker; the others load meanwhile',
  );
}

/** What this user lacks, in the words of PostgreSQL; empty where it may load. Nothing is changed to find out. */
export async function mayLoad(session: Session): Promise<string[]> {
  if ((await schemaVersion(session)) === null) {
    const { rows } = await session.query(`SELECT has_database_privilege(current_database(), 'CREATE') AS may`);
    return rows[0]?.['may'] === true ? [] : ['CREATE on the database, or tables that its owner has made'];
  }
  const wanted = [...TABLE_NAMES, 'days'].flatMap((table) => ['INSERT', 'DELETE'].map((right) => ({ table, right })));
  const { rows } = await session.query(
    `SELECT w.right || ' on ' || w.table AS lacks FROM json_to_recordset($1) AS w("table" text, "right" text)
     WHERE NOT has_table_privilege(format('%I.%I', $2::text, w.table), w.right)`,
    [JSON.stringify([...wanted, { table: 'profiles', right: 'INSERT' }]), session.schema],
  );
  return rows.map(({ lacks }) => String(lacks));
}
