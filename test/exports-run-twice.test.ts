/** The same days again: by the same calls, by the missing ones only, from raw files, and by a run that comes too late. */
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitDay } from '../dataset/commit-day.ts';
import type { Manifest } from '../dataset/manifest.ts';
import type { FaultRule } from '../sandbox/index.ts';
import type { LedgerCall } from '../sandbox/ledger.ts';
import { addDays } from '../model/calendar.ts';
import { KEEP } from '../tables/privacy.ts';
import { exportDay, findDay, manifestOf, readTable, sha256Of, SMALL, topLevel } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { DIST, startProduct, type Product } from './support/product.ts';

const execute = promisify(execFile);
const cli = await temporalCli();

describe.skipIf(!cli)('a day that is exported again', () => {
  let product: Product;
  let day: string;
  let ask: { day: string; room_level_id: string; source: 'both' };
  let before: Manifest;

  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      sandbox: { ...SMALL, meetingsPerDay: 3, participantsPerMeeting: 2, minutesPerMeeting: 12 },
    });
    const { tenant } = product.sandbox;
    day = findDay(tenant, '2025-03-01', (meetings) => meetings.length > 3);
    ask = { day, room_level_id: topLevel(tenant), source: 'both' };
    await exportDay(product, ask);
    before = await manifestOf(product.dataDir, day);
  });
  afterAll(async () => {
    await product.stop();
  });

  const callsSince = (seq: number): LedgerCall[] =>
    product.sandbox.ledger.since(seq).filter((call) => call.endpoint !== 'A1');
  const ledgerEnd = (): number => (product.sandbox.ledger.calls.at(-1)?.seq ?? -1) + 1;

  async function byRowKey(table: (typeof RESTATED)[number]): Promise<RowsByKey> {
    const { rows } = await readTable(product.dataDir, table, day);
    return new Map(rows.map((row) => [String(row['row_key']), JSON.stringify(row)]));
  }

  test('has the same rows, asked for anew', async () => {
    const seq = ledgerEnd();
    await exportDay(product, ask);
    const again = await manifestOf(product.dataDir, day);
    expect(again.generation).toBeGreaterThan(before.generation);
    expect(hashes(again)).toStrictEqual(hashes(before));
    const counted: Record<string, number> = {};
    for (const { endpoint } of callsSince(seq)) counted[endpoint] = (counted[endpoint] ?? 0) + 1;
    expect(again.calls).toStrictEqual(counted);
    expect(again.restatements).toStrictEqual([]);
  });

  test('is not asked for at all where only what is missing is wanted and nothing is', async () => {
    const seq = ledgerEnd();
    const result = await exportDay(product, { ...ask, refresh: 'missing' });
    expect(result.complete).toBe(true);
    expect(callsSince(seq)).toStrictEqual([]);
    expect(hashes(await manifestOf(product.dataDir, day))).toStrictEqual(hashes(before));
  });

  test('is asked for what failed, and for nothing else', async () => {
    const { ledger, faults } = product.sandbox;
    const asked = ledger.calls.find((call) => call.endpoint === 'L3' && call.params['user_id'] !== undefined)!;
    const { user_id, join_time } = asked.params;
    const refusal: FaultRule = { on: 'L3', kind: 'refuse', match: { user_id: user_id!, join_time: join_time! } };
    faults.set([refusal]);
    const partial = await exportDay(product, ask);
    expect(partial.complete).toBe(false);
    expect(partial.units.failed).toBe(1);
    expect(partial.gaps.map(({ reason }) => reason).join()).toContain('121003');
    // What was known of the unit is kept.
    expect(hashes(await manifestOf(product.dataDir, day))['quality_minutes']).toBe(hashes(before)['quality_minutes']);

    faults.clear();
    const seq = ledgerEnd();
    const whole = await exportDay(product, { ...ask, refresh: 'missing' });
    expect(whole.complete).toBe(true);
    const calls = callsSince(seq);
    expect(calls.map((call) => [call.endpoint, call.params['user_id']])).toStrictEqual([['L3', user_id]]);
    expect(hashes(await manifestOf(product.dataDir, day))).toStrictEqual(hashes(before));
  });

  test('is rebuilt from its raw files without a call', async () => {
    const seq = ledgerEnd();
    await rm(join(product.dataDir, 'tables'), { recursive: true });
    const rebuild = join(DIST, 'worker/programs/rebuild.js');
    const env = { PATH: process.env['PATH'], DATA_URL: `file:${product.dataDir}` };
    const { stdout } = await execute(process.execPath, [rebuild, addDays(day, -1), addDays(day, 1), '--json'], { env });
    expect(stdout.trim().split('\n')).toHaveLength(3);
    const rebuilt = await manifestOf(product.dataDir, day);
    expect(hashes(rebuilt)).toStrictEqual(hashes(before));
    expect(rebuilt.units).toStrictEqual(before.units);
    for (const table of Object.values(rebuilt.tables)) {
      expect(await sha256Of(join(product.dataDir, table.key))).toBe(table.sha256);
    }
    expect(product.sandbox.ledger.since(seq)).toStrictEqual([]);
  });

  test('stays as it is when a run that began earlier commits later', async () => {
    const { generation, tables } = await manifestOf(product.dataDir, day);
    const { stage: _stage, generation: _generation, ...run } = tables.meetings!.run;
    const files = await contents(product.dataDir);
    const late = await commitDay(product.store, {
      location: { kind: 'day', profile: 'default', day, generation: generation - 1 },
      include: ['meetings', 'participants', 'quality_minutes', 'reservations'],
      time_zone: before.time_zone,
      api_host: before.api_host,
      product: 'late',
      settle_hours: 6,
      privacy: KEEP,
      run,
    });
    expect(late.committed).toBe(false);
    expect(late.manifest.product).not.toBe('late');
    expect(await contents(product.dataDir)).toStrictEqual(files);
  });

  test.each(['participants', 'meetings', 'reservations'] as const)(
    'keeps its rows and says that they vanished when the answers about %s come back empty',
    async (dataset) => {
      const { tenant } = product.sandbox;
      tenant.forget(dataset, day);
      const result = await exportDay(product, ask);
      tenant.remember(dataset, day);
      expect(result.complete).toBe(false);
      expect(result.gaps.map(({ reason }) => reason).join()).toContain('vanished');
      const manifest = await manifestOf(product.dataDir, day);
      // The units say how this run went; the data is as it was.
      const { units: _now, ...kept } = hashes(manifest);
      const { units: _then, ...known } = hashes(before);
      expect(kept).toStrictEqual(known);
      expect(manifest.restatements).toStrictEqual([]);
    },
  );

  test('loses the rows that are missing from an answer that is not empty, and counts them', async () => {
    const { tenant } = product.sandbox;
    const old = new Map(await Promise.all(RESTATED.map(async (table) => [table, await byRowKey(table)] as const)));
    tenant.change(day);
    const result = await exportDay(product, ask);
    const { from, to } = tenant.dayRange(day);
    const meetings = tenant.meetings(from, to).filter((meeting) => !meeting.is_external && !meeting.is_webinar);
    expect(result.tables['meetings']).toBe(meetings.length);
    expect(result.complete).toBe(true);
    const { rows } = await readTable(product.dataDir, 'meetings', day);
    expect(rows.map((row) => String(row['meeting_topic'])).toSorted()).toStrictEqual(
      meetings.map((meeting) => meeting.meeting_topic).toSorted(),
    );
    const { restatements } = await manifestOf(product.dataDir, day);
    for (const table of RESTATED) {
      const expected = difference(old.get(table)!, await byRowKey(table));
      const found = restatements.filter((each) => each.table === table);
      expect(found.map(({ added, removed, changed }) => ({ added, removed, changed }))).toStrictEqual(
        expected.added + expected.removed + expected.changed > 0 ? [expected] : [],
      );
    }
    expect(restatements.find((each) => each.table === 'meetings')?.removed).toBe(1);
  });
});

const RESTATED = ['meetings', 'participants', 'quality_minutes', 'reservations'] as const;

type RowsByKey = Map<string, string>;

function difference(old: RowsByKey, now: RowsByKey): { added: number; removed: number; changed: number } {
  const keys = [...now.keys()];
  return {
    added: keys.filter((key) => !old.has(key)).length,
    removed: [...old.keys()].filter((key) => !now.has(key)).length,
    changed: keys.filter((key) => old.has(key) && old.get(key) !== now.get(key)).length,
  };
}

/** Hash of each table's sorted rows. */
function hashes(manifest: Manifest): Record<string, string> {
  return Object.fromEntries(Object.entries(manifest.tables).map(([name, table]) => [name, table.rows_hash]));
}

/** Hash of every file below a folder, locks aside. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const kept = paths.filter((path) => !path.includes('lock')).toSorted();
  return Object.fromEntries(await Promise.all(kept.map(async (path) => [path, await sha256Of(path)] as const)));
}
