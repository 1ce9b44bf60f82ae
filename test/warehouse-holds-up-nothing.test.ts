import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporalCli } from './support/embedded-temporal.ts';
import { storedRows } from './support/committed-rows.ts';
import { SMALL } from './support/day.ts';
import { until } from './support/operators.ts';
import { PASSWORD, POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { startProduct, type Product } from './support/product.ts';
import { startProgram } from './support/program.ts';
import { TABLE_NAMES } from './support/table-days.ts';
import { warehouseRows } from './support/warehouse-rows.ts';

const cli = await temporalCli();
const DAYS = ['2025-03-04', '2025-03-05', '2025-03-06'];
const NEXT = '2025-03-07';

describe.skipIf(!cli || POSTGRES === undefined)('a backfill whose warehouse is away', () => {
  let postgres: Postgres;
  let product: Product;
  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.crash();
    const env = { WAREHOUSE_URL: postgres.url };
    product = await startProduct({ cli: cli!, sandbox: SMALL, workers: 2, env });
  });
  afterAll(async () => {
    await product.stop();
    await postgres.stop();
  });

  async function warehouse(...args: string[]): Promise<{ code: number | null; said: string }> {
    const env = { DATA_URL: `file:${product.dataDir}`, WAREHOUSE_URL: postgres.url };
    const program = startProgram('warehouse', args, env);
    return { code: await program.ended, said: program.output() };
  }

  test('ends as any other, and all of it is in the warehouse once that is back', async () => {
    const run = await product.client.start('backfill', { from: DAYS[0]!, to: DAYS.at(-1)! });
    expect(await run.result()).toMatchObject({ days: { complete: DAYS.length } });
    const away = await warehouse('status');
    expect(away).toMatchObject({ code: 1, said: expect.stringContaining('The warehouse does not answer') });

    await postgres.start();
    const lacksNothing = async (): Promise<boolean> => {
      const { code, said } = await warehouse('status', '--json');
      if (code !== 0) return false;
      const { profiles } = JSON.parse(said) as { profiles: { loaded: number; days: number; lacking: string[] }[] };
      return profiles[0]?.loaded === DAYS.length && profiles[0].lacking.length === 0;
    };
    while (!(await lacksNothing())) await sleep(500);
    for (const table of TABLE_NAMES.filter((each) => each !== 'reservations')) {
      const stored = await storedRows(product.store, table, DAYS);
      expect(stored.length).toBeGreaterThan(0);
      expect(await warehouseRows(postgres, table)).toStrictEqual(stored);
    }
    expect(await warehouse('load', '--all')).toEqual({
      code: 0,
      said: DAYS.map((day) => `${day}  unchanged\n`).join(''),
    });
  });

  test('has the next day soon after its commit', async () => {
    const run = await product.client.start('exportDay', { day: NEXT });
    await run.result();
    // The workers look by themselves every five minutes only.
    const isLoaded = async () =>
      (await postgres.query(`SELECT 1 FROM feishu_vc.days WHERE day = '${NEXT}'`)).length > 0;
    while (!(await isLoaded())) await sleep(200);
    const stored = await storedRows(product.store, 'quality_minutes', [...DAYS, NEXT]);
    expect(await warehouseRows(postgres, 'quality_minutes')).toStrictEqual(stored);
  });

  test('says in its log what was away and that it is back, each once, and no password', async () => {
    const names = (await readdir(product.dir)).filter((name) => name.startsWith('worker') && name.endsWith('.log'));
    const read = async () =>
      await Promise.all(names.map(async (name) => await readFile(join(product.dir, name), 'utf8')));
    // Each looks for itself whether it is back.
    await until(async () => (await read()).every((log) => log.includes('the warehouse takes days again')));
    const logs = await read();
    for (const log of logs) {
      expect(log.split('the warehouse takes nothing; exports go on')).toHaveLength(2);
      expect(log.split('the warehouse takes days again')).toHaveLength(2);
      expect(log).not.toContain(PASSWORD);
      expect(log).not.toContain(encodeURIComponent(PASSWORD));
    }
    expect(logs.join()).toContain('days are loaded into the warehouse');
  });
});
