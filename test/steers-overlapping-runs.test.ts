/** Runs about the same days: they meet, wait for each other, or are refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporalCli } from './support/embedded-temporal.ts';
import { callsSince, daysFrom, ledgerEnd, UNDER_WAY, until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();

describe.skipIf(!cli)('two runs about the same days', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ cli: cli!, sandbox: UNDER_WAY });
  });
  afterAll(async () => {
    await product.stop();
  });

  test('are one where they ask for the same, and the second is refused where it asks for another thing', async () => {
    const range = { from: '2025-04-01', to: '2025-04-02' };
    const seq = ledgerEnd(product);
    const first = await product.client.start('backfill', range);
    const second = await product.client.start('backfill', { ...range, concurrency: 2 });
    expect(second).toMatchObject({ attached: true, runId: first.runId });
    await expect(product.client.start('backfill', { ...range, source: 'both' })).rejects.toMatchObject({
      code: 'AlreadyRunningDifferently',
      fields: ['source'],
    });
    const [one, other] = await Promise.all([first.result(), second.result()]);
    expect(other).toStrictEqual(one);
    expect(askedTwice(product, seq)).toStrictEqual([]);
  });

  test.each(['missing', 'all'] as const)(
    'never fetch a day at the same time: the second (refresh %s) says for whom it waits, and does not ask again',
    async (refresh) => {
      const days = daysFrom(refresh === 'missing' ? '2025-05-01' : '2025-06-01', 2);
      const [from, to] = [days[0]!, days[1]!];
      const seq = ledgerEnd(product);
      const options = { concurrency: 2, include: ['meetings', 'participants'] } as const;
      const ask = { ...options, from, to, include: [...options.include] };
      // The first has nothing before the second waits for it.
      product.sandbox.faults.set([{ on: 'E1', kind: '429' }]);
      const first = await product.client.start('backfill', ask);
      await until(async () => (await first.progress()).days.running === 2);
      const second = await product.client.start('backfill', { ...ask, refresh }, { workflowId: 'feishu-vc/second' });
      const ended = second.result();
      const waiting = async () => (await second.progress()).waiting_for;
      await until(async () => (await waiting()) !== null);
      expect(await waiting()).toBe(`workflow ${first.workflowId}`);
      product.sandbox.faults.clear();
      const [one, other] = await Promise.all([first.result(), ended]);
      expect(one.complete).toBe(true);
      expect(other).toMatchObject({ complete: true, days: { complete: 2 }, tables: one.tables });
      // All of it was fetched while the second waited: fresh enough for "all" too.
      expect(askedTwice(product, seq)).toStrictEqual([]);
      for (const day of days) expect(await overlaps(product, day)).toStrictEqual([]);
    },
  );
});

/** Meetings whose participants were listed more than once. */
function askedTwice(product: Product, seq: number): string[] {
  const lists = callsSince(product, seq).filter(({ endpoint }) => endpoint === 'L2');
  const asked = lists.map(({ params }) => `${params['meeting_no']} ${params['meeting_start_time']}`);
  return asked.filter((meeting, index) => asked.indexOf(meeting) < index);
}

/** Runs of a day, as the server saw them: none begins before the one before it has ended. */
async function overlaps({ client }: Product, day: string): Promise<string[]> {
  const id = `feishu-vc/day/default/${day}`;
  const runs: { from: number; to: number }[] = [];
  for await (const { startTime, closeTime } of client.temporal.workflow.list({ query: `WorkflowId = '${id}'` })) {
    runs.push({ from: startTime.getTime(), to: closeTime?.getTime() ?? Number.POSITIVE_INFINITY });
  }
  const sorted = runs.toSorted((one, other) => one.from - other.from);
  return sorted.flatMap(({ from }, index) => (from < (sorted[index - 1]?.to ?? 0) ? [`${day} ${from}`] : []));
}
