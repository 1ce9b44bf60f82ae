/** What was exported against the tenant: every cell of every table, and every task. */
import { expect } from 'vitest';
import { recordsOf } from '../../dataset/records.ts';
import type { Tenant } from '../../sandbox/tenant.ts';
import { manifestOf, readTable, topLevel } from './day.ts';
import { asExpected, COLUMNS, expectedDay, type Cells, type DayAsk, type ExpectedDay } from './expected.ts';
import type { Product } from './product.ts';

const ASK: Omit<DayAsk, 'room_level_id'> = {
  listing: 'list',
  source: 'list',
  user_id_type: 'open_id',
  include_external_meetings: false,
  include_webinar: false,
  windowSemantics: 'overlaps',
};

/** What the tables of these days must hold, as a day is asked for without options but the rooms' level. */
export function wantedOf(tenant: Tenant, days: readonly string[]): Map<string, ExpectedDay> {
  const ask = { ...ASK, room_level_id: topLevel(tenant) };
  return new Map(days.map((day) => [day, expectedDay(tenant, day, ask)]));
}

export interface Compared {
  rows: number;
  /** Rows that the tenant has and the tables do not, or with another cell; and the other way round. */
  lost: string[];
  extra: string[];
  /** Keys that a table has more than once. */
  doubled: string[];
}

export async function compareEveryCell(dataDir: string, wanted: Map<string, ExpectedDay>): Promise<Compared> {
  const found: Compared = { rows: 0, lost: [], extra: [], doubled: [] };
  for (const [day, expected] of wanted) {
    for (const table of Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]) {
      const { rows } = await readTable(dataDir, table, day);
      found.rows += rows.length;
      const have = new Set(rows.map(canonical));
      const want = new Set(expected[table].map(canonical));
      found.lost.push(...[...want].filter((row) => !have.has(row)).map((row) => `${table} ${row}`));
      found.extra.push(...[...have].filter((row) => !want.has(row)).map((row) => `${table} ${row}`));
      const keys = rows.map((row) => row['row_key']);
      found.doubled.push(...keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${table} ${String(key)}`));
    }
  }
  return found;
}

function canonical(row: Cells): string {
  return JSON.stringify(Object.entries(asExpected(row)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export interface ComparedTasks {
  tasks: number;
  /** Tasks whose id no record has. */
  tasksWithoutRecord: number;
  /** Recorded ids that the tenant does not know. */
  recordedUnknownTasks: number;
  /** Creates that the manifests report as sent and never answered. */
  unknownCreates: number;
}

/** Every task of the tenant against the records of committed days. */
export async function compareTasks(
  { store, dataDir, sandbox }: Pick<Product, 'store' | 'dataDir' | 'sandbox'>,
  dates: readonly string[],
): Promise<ComparedTasks> {
  const recorded = new Set<string>();
  let unknownCreates = 0;
  for (const day of dates) {
    const { generation, unknown_creates } = await manifestOf(dataDir, day);
    unknownCreates += unknown_creates;
    const location = { kind: 'day', profile: 'default', day, generation } as const;
    for (const resource of ['meeting_list', 'resource_reservation_list'] as const) {
      for await (const { task_id } of recordsOf(store, location, resource)) if (task_id !== null) recorded.add(task_id);
    }
  }
  const tasks = new Set(sandbox.ledger.tasks.map((task) => task.task_id));
  return {
    tasks: tasks.size,
    tasksWithoutRecord: [...tasks].filter((id) => !recorded.has(id)).length,
    recordedUnknownTasks: [...recorded].filter((id) => !tasks.has(id)).length,
    unknownCreates,
  };
}

/** Every cell of these days is the tenant's, and no task is unaccounted for. */
export async function expectExact(product: Product, days: readonly string[]): Promise<void> {
  const { lost, extra, doubled } = await compareEveryCell(product.dataDir, wantedOf(product.sandbox.tenant, days));
  expect({ lost, extra, doubled }).toStrictEqual({ lost: [], extra: [], doubled: [] });
  const { tasksWithoutRecord, unknownCreates, recordedUnknownTasks } = await compareTasks(product, days);
  expect(recordedUnknownTasks).toBe(0);
  expect(tasksWithoutRecord).toBeLessThanOrEqual(unknownCreates);
}
