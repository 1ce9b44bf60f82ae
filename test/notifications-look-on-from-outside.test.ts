/** Real workers tell a real bot and a real webhook; the workers are killed while they tell. */
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addDays } from '../model/calendar.ts';
import type { Card } from '../worker/notify/card.ts';
import type { BackfillEnded, Notice } from '../worker/notify/notice.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { until, UNDER_WAY } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

const cli = await temporalCli();
const DAY = '2025-04-10';
const QUEUE = 'feishu-vc';

describe.skipIf(!cli)('with a bot and a webhook', () => {
  let product: Product;
  let webhook: Server;
  const documents: Notice[] = [];
  /** Done with each document before it is answered. */
  let onDocument: (() => Promise<void>) | null = null;
  let env: Record<string, string>;

  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      workers: 0,
      sandbox: { ...UNDER_WAY, answerDelayMs: 0, botSecret: 'bot-secret' },
    });
    webhook = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        documents.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Notice);
        void Promise.resolve(onDocument?.()).then(() => response.writeHead(204).end());
      });
    });
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
    const profiles = join(product.dir, 'profiles.json');
    const app = {
      FEISHU_BASE_URL: product.sandbox.url,
      FEISHU_APP_ID: 'cli_sandbox',
      FEISHU_APP_SECRET: 'sandbox-secret',
    };
    await writeFile(profiles, JSON.stringify({ guest: { ...app, FEISHU_IDENTITY: 'user' } }));
    env = {
      FEISHU_PROFILES: profiles,
      FEISHU_GRANTS_URL: `file:${join(product.dir, 'grants')}`,
      NOTIFY_FEISHU_BOT_URL: `${product.sandbox.url}/open-apis/bot/v2/hook/group`,
      NOTIFY_FEISHU_BOT_SECRET: 'bot-secret',
      NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
    };
    await Promise.all([product.startWorker(env), product.startWorker(env)]);
    // From then on ends are news.
    for (const name of ['bot', 'webhook']) await until(() => product.store.exists(`notified/${name}/since.json`));
  });
  afterAll(async () => {
    await product.stop();
    await new Promise((resolve) => webhook.close(resolve));
  });

  const ends = () => documents.filter((notice): notice is BackfillEnded => notice.kind === 'backfill_ended');
  const endOf = (workflowId: string) => ends().filter(({ workflow_id }) => workflow_id === workflowId);
  const titles = () => product.sandbox.cards.map(({ card }) => (card as Card).header.title.i18n.en_us);

  test('the end of a backfill is told once, although whoever tells is killed while it does', async () => {
    onDocument = async () => {
      for (const worker of product.workers) process.kill(worker.pid!, 'SIGKILL');
      await Promise.all(product.workers.map((worker) => worker.exited));
    };
    const run = await product.client.start('backfill', { from: DAY, to: DAY });
    const { days, units, calls, tables } = await run.result();
    await until(() => documents.length > 0);
    await Promise.all(product.workers.map((worker) => worker.exited));
    onDocument = null;
    await Promise.all([product.startWorker(env), product.startWorker(env)]);

    await product.client.temporal.workflow.start('backfill', {
      args: [{ from: DAY, to: DAY, profile: 'default', wrong: 1 }],
      workflowId: "somebody's",
      taskQueue: QUEUE,
    });
    await until(() => endOf("somebody's").length > 0);
    expect(endOf("somebody's")).toMatchObject([
      {
        status: 'failed',
        failure: 'InvalidInput',
        counts: null,
        command: "feishu-vc backfill status 'somebody'\\''s'",
      },
    ]);
    expect(endOf(run.workflowId)).toStrictEqual([
      {
        version: 1,
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        kind: 'backfill_ended',
        profile: 'default',
        command: `feishu-vc backfill status ${run.workflowId}`,
        workflow_id: run.workflowId,
        schedule: null,
        status: 'complete',
        failure: null,
        range: { from: DAY, to: DAY },
        counts: { days, units, rows: tables, gaps: 0, calls },
      },
    ]);
    // One of the workers may have died before it had told the bot.
    expect(titles().filter((title) => title.endsWith('complete')).length).toBeLessThanOrEqual(1);
    expect(titles().filter((title) => title.endsWith('failed'))).toHaveLength(1);
  });

  test('a plan is told to nobody, and what was terminated is told', async () => {
    const plan = await product.client.start('backfill', { from: DAY, to: DAY, dry_run: true });
    await plan.result();
    const run = await product.client.start('backfill', { from: addDays(DAY, -3), to: addDays(DAY, -2) });
    await run.pause();
    await product.client.temporal.workflow.getHandle(run.workflowId).terminate();
    await until(() => endOf(run.workflowId).length > 0);
    expect(endOf(run.workflowId)).toMatchObject([
      { status: 'terminated', counts: null, range: { to: addDays(DAY, -2) } },
    ]);
    expect(endOf(plan.workflowId)).toStrictEqual([]);
  });

  test('days that a schedule leaves incomplete are told once, each when its last look is over', async () => {
    const { schedules, temporal } = product.client;
    await schedules.create({ name: 'nightly', every: 'daily', lookBackDays: 2, jitterMinutes: 0 });
    product.sandbox.tenant.forget('meetings', DAY);
    const runDueOn = async (day: string): Promise<string> => {
      const at = new Date(`${day}T07:00:00+08:00`);
      const [start, end] = [new Date(at.getTime() - 60_000), new Date(at.getTime() + 60_000)];
      await temporal.schedule.getHandle(`${QUEUE}/schedule/nightly`).backfill({ start, end, overlap: 'ALLOW_ALL' });
      return `${QUEUE}/backfill/default/nightly-${at.toISOString().replace('.000Z', 'Z')}`;
    };
    const first = await runDueOn(addDays(DAY, 1));
    await until(() => endOf(first).length > 0);
    const second = await runDueOn(addDays(DAY, 2));
    await until(() => endOf(second).length > 0);
    await until(() => documents.some(({ kind }) => kind === 'days_incomplete'));
    const third = await runDueOn(addDays(DAY, 3));
    await until(() => endOf(third).length > 0);

    expect(endOf(second)).toMatchObject([{ schedule: 'nightly', status: 'incomplete' }]);
    const told = documents.filter((notice) => notice.kind === 'days_incomplete');
    expect(told.flatMap(({ days }) => days.map(({ day }) => day))).toStrictEqual([DAY]);
    const [last] = told;
    expect(last).toMatchObject({ profile: 'default', schedule: 'nightly' });
    expect(last!.days[0]!.gaps.map(({ kind }) => kind)).toContain('vanished');
    const asked = `--from ${DAY} --to ${DAY} --refresh missing --include meetings,participants,quality_minutes`;
    expect(last!.command).toMatch(new RegExp(`^feishu-vc backfill start --profile default ${asked} --listing list `));
  });

  test('a person is told once what to type where a log-in is waited for', async () => {
    const run = await product.client.start('exportDay', { day: DAY, profile: 'guest' });
    await until(() => documents.some(({ kind }) => kind === 'person_needed'));
    await until(() => titles().includes('Export of meeting data: a person is needed'));
    await product.startWorker(env);
    const ended = await product.client.start('backfill', { from: DAY, to: DAY, refresh: 'missing' });
    await ended.result();
    await until(() => endOf(ended.workflowId).length > 0);
    const needed = documents.filter(({ kind }) => kind === 'person_needed');
    expect(needed).toMatchObject([{ profile: 'guest', command: 'feishu-vc login --profile guest' }]);
    await run.cancel();
  });

  test('nothing that was told names a person or a meeting', () => {
    const said = JSON.stringify([documents, product.sandbox.cards]);
    expect(documents.length).toBeGreaterThan(6);
    expect(said).not.toMatch(/\b(?:ou|on|omm)_|\b\d{9}\b|@/);
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
  });
});
