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
import { addDays, exportDay, findDay, manifestOf, readTable, sha256Of, SMALL, topLevel } from './support/day.ts';
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

  test('has the same rows, asked for anew', async () => {
    const seq = ledgerEnd();
    await exportDay(product, ask);
    const again = await manifestOf(product.dataDir, day);
    expect(again.generation).toBeGreaterThan(before.generation);
    expect(hashes(again)).toStrictEqual(hashes(before));
    expect(callsSince(seq).length).toBeGreaterThan(Object.values(before.units).reduce((sum, count) => sum + count, 0));
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
    const rebuild = join(DIST, 'worker/rebuild.js');
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
      place: { kind: 'day', profile: 'default', day, generation: generation - 1 },
      include: ['meetings', 'participants', 'quality_minutes', 'reservations'],
      time_zone: before.time_zone,
      api_host: before.api_host,
      product: 'late',
      run,
    });
    expect(late.committed).toBe(false);
    expect(late.manifest.product).not.toBe('late');
    expect(await contents(product.dataDir)).toStrictEqual(files);
  });

  test('keeps its rows and says that they vanished when the answers come back empty', async () => {
    const { tenant } = product.sandbox;
    tenant.forget('participants', day);
    const result = await exportDay(product, ask);
    tenant.remember('participants', day);
    expect(result.complete).toBe(false);
    expect(result.gaps.map(({ reason }) => reason).join()).toContain('vanished');
    expect(hashes(await manifestOf(product.dataDir, day))['participants']).toBe(hashes(before)['participants']);
  });

  test('loses the rows that are missing from an answer that is not empty', async () => {
    const { tenant } = product.sandbox;
    tenant.change(day);
    const result = await exportDay(product, ask);
    const { from, to } = tenant.dayRange(day);
    const meetings = tenant.meetings(from, to).filter((meeting) => !meeting.is_external && !meeting.is_webinar);
    expect(result.tables['meetings']).toBe(meetings.length);
    const { rows } = await readTable(product.dataDir, 'meetings', day);
    expect(rows.map((row) => String(row['meeting_topic'])).toSorted()).toStrictEqual(
      meetings.map((meeting) => meeting.meeting_topic).toSorted(),
    );
  });
});

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
