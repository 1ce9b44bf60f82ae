/** What a plan says, against what then happens. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackfillPlan } from '../client/index.ts';
import { runCommand } from './support/command-line.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, ledgerEnd, UNDER_WAY, wholeDays } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const RANGE = '2025-04-01..2025-04-03';

describe.skipIf(!cli)('a plan', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      sandbox: { ...UNDER_WAY, answerDelayMs: 0, participantsPerMeeting: 4 },
      env: { FEISHU_RATE_LIMIT: '6000/60s' },
    });
  });
  afterAll(async () => {
    await product.stop();
  });

  const command = (...args: string[]) => runCommand(args, { env: { TEMPORAL_ADDRESS: product.temporal.address } });
  const planOf = async (...args: string[]): Promise<BackfillPlan> => {
    const { stdout, stderr, code } = await command('backfill', 'plan', RANGE, '--json', ...args);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as BackfillPlan;
  };

  test.each([[[]], [['--source', 'both']]])(
    'with %j says what is called at most: guests count as if they could be asked about; and exports nothing',
    async (args) => {
      const before = ledgerEnd(product);
      const plan = await planOf(...args);
      expect(new Set(callsSince(product, before).map(({ endpoint }) => endpoint))).toStrictEqual(
        new Set(['L1', 'L2', 'L3']),
      );
      expect(plan).toMatchObject({ from: '2025-04-01', to: '2025-04-03', days: 3, meetings_over_24h: 0 });
      expect(plan.share_of_monthly_cap).toBeCloseTo(plan.calls_in_all / 1_000_000);

      const seq = ledgerEnd(product);
      const [from, to] = RANGE.split('..');
      const source = args.length > 0 ? ('both' as const) : ('list' as const);
      const result = await (
        await product.client.start('backfill', { from: from!, to: to!, source, concurrency: 3 })
      ).result();
      const made = callsSince(product, seq);
      const of = (endpoint: string) => made.filter((call) => call.endpoint === endpoint).length;
      expect(of('E1')).toBe(plan.calls['E1']);
      expect(of('L2') / (plan.calls['L2'] ?? 0)).toBeGreaterThan(0.89);
      expect(made.length / plan.calls_in_all).toBeGreaterThan(0.5);
      expect(made.length / plan.calls_in_all).toBeLessThan(1.05);
      expect(result.calls).toBe(made.length);
      expect(await wholeDays(product.dataDir)).toHaveLength(3);
    },
  );

  test('is there for people, too, beside a run about the same days', async () => {
    const run = await product.client.start('backfill', { from: '2025-04-01', to: '2025-04-03', refresh: 'all' });
    const { stdout, code } = await command('backfill', 'plan', RANGE);
    expect(code).toBe(0);
    expect(stdout).toMatch(/2025-04-01 to 2025-04-03: 3 days\n {2}meetings {2}\d+\n {2}units/);
    expect(stdout).toMatch(/calls +\d+: E1 3 · E5 3 · E6 3 · L2 \d+ · L3 \d+/);
    expect(stdout).toMatch(/time +1 min at the full quota/);
    expect(stdout).toContain('of 1,000,000 calls a month');
    await run.cancel();
  });
});
