/** A run with a key set: what the Temporal database holds of it, and who reads it all the same. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChildDiedError } from '../client/embedded/children.ts';
import { connectFeishuVc } from '../client/index.ts';
import { exportDay, findDay, SMALL, topLevel } from './support/day.ts';
import { runCommand, startCommand } from './support/command-line.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { startProduct, type Product } from './support/product.ts';
import { ROOT } from './support/tree.ts';

const cli = await temporalCli();
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [FIRST, SECOND] = [key('first'), key('second')];
const TOKEN = randomBytes(16).toString('hex');
const SAYS = 'no permission, says a word that stands nowhere else';

describe.skipIf(!cli)('with TEMPORAL_PAYLOAD_KEYS', () => {
  let product: Product;
  let person: string;
  let level: string;
  /** Of the run that failed, as its caller was told. */
  let failure: unknown;
  /** Of the run that was started for the person. */
  let workflowId: string;

  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      ui: true,
      sandbox: { ...SMALL, meetingsPerDay: 2, minutesPerMeeting: 5 },
      env: { TEMPORAL_PAYLOAD_KEYS: FIRST },
    });
    const { client, sandbox } = product;
    const { tenant } = sandbox;
    level = topLevel(tenant);
    const day = findDay(tenant, '2025-05-01', (all) => all.some((each) => !each.is_external && !each.is_webinar));
    const { from, to } = tenant.dayRange(day);
    const meeting = tenant.meetings(from, to).find((each) => !each.is_external && !each.is_webinar)!;
    const participant = tenant.participants(meeting).find((each) => each.user_ids)!;
    person = participant.user_ids!.open_id;

    await exportDay(product, { day, source: 'both', room_level_id: level });
    const quality = await client.start('participantQuality', {
      meeting: {
        meeting_no: meeting.meeting_no,
        meeting_start_time: String(meeting.meeting_start_time),
        meeting_end_time: String(meeting.meeting_end_time),
      },
      participant: { user_id: person, join_time: participant.join_time },
    });
    await quality.result();
    ({ workflowId } = quality);
    sandbox.faults.set([{ on: 'E1', kind: 'task-fails', failMsg: SAYS }]);
    const request = { start_time: from, end_time: to };
    const denied = await client.start('exportResource', { resource: 'meeting_list', request });
    failure = await denied.result().catch((error: unknown) => error);
    sandbox.faults.clear();
    await client.schedules.create({ name: 'nightly', every: 'daily', backfill: { room_level_id: level } });
  });
  afterAll(() => product.stop());

  test('a caller with the key reads results, progress and failures', async () => {
    expect(failure).toMatchObject({ type: 'PermissionDenied', message: expect.stringContaining(SAYS) as string });
    const run = await product.client.attach('participantQuality', workflowId);
    expect(await run.progress()).toBeDefined();
    expect(await run.result()).toMatchObject({ status: 'done' });
  });

  test('the database holds no input, no path and no words of a failure, and no stack', async () => {
    const files = (await readdir(product.dir)).filter((name) => name.startsWith('temporal.db'));
    const bytes = Buffer.concat(await Promise.all(files.map((name) => readFile(join(product.dir, name)))));
    // What has to be found, for the others to mean something.
    expect(['participantQuality', workflowId, 'encryption-key-id'].filter((text) => !bytes.includes(text))).toEqual([]);
    const clear = [person, level, product.dataDir, ROOT, SAYS, 'tables/meetings', 'room_level_id'];
    expect(clear.filter((text) => bytes.includes(text))).toEqual([]);
  });

  test('every payload of every history is sealed, but for what Temporal itself writes beside them', async () => {
    const { workflow } = product.client.temporal;
    const clear = new Set<string>();
    let sealed = 0;
    for await (const run of workflow.list()) {
      const { events } = await workflow.getHandle(run.workflowId, run.runId).fetchHistory();
      for (const { path, encoding } of payloadsIn(events)) {
        if (encoding === 'binary/encrypted') sealed++;
        else clear.add(path);
      }
    }
    expect(sealed).toBeGreaterThan(100);
    const ofTemporal =
      /^(searchAttributes|upsert\w+\.searchAttributes)\.|^markerRecordedEventAttributes\.details\.data\./;
    expect([...clear].filter((path) => !ofTemporal.test(path))).toEqual([]);
  });

  test('a schedule that is asked for again is known by what it was made with', async () => {
    const again = { name: 'nightly', every: 'daily', backfill: { room_level_id: level } } as const;
    expect(await product.client.schedules.create(again)).toMatchObject({ created: false });
  });

  describe('and a codec server', () => {
    let endpoint: string;
    let server: ReturnType<typeof startCommand>;
    beforeAll(async () => {
      const { uiUrl } = product.temporal;
      server = startCommand(['codec-server', '--port', '0', '--ui-origin', uiUrl!], {
        env: { TEMPORAL_PAYLOAD_KEYS: FIRST, TEMPORAL_CODEC_TOKEN: TOKEN },
      });
      endpoint = await server.find(/endpoint +(http:\S+)/);
    });
    afterAll(async () => {
      server.child.kill('SIGTERM');
      await server.ended;
    });

    test("Temporal's command line reads the input", async () => {
      const { address } = product.temporal;
      const show = ['workflow', 'show', '-w', workflowId, '-o', 'json', '--address', address];
      const codec = ['--codec-endpoint', endpoint, '--codec-auth', `Bearer ${TOKEN}`];
      const read = await promisify(execFile)(cli!.path, [...show, ...codec], { maxBuffer: 64 * 1024 * 1024 });
      const data = Array.from(read.stdout.matchAll(/"data": "([^"]+)"/g), ([, text]) => Buffer.from(text!, 'base64'));
      expect(data.join('\n')).toContain(person);
    });

    test.skipIf(CHROMIUM === undefined)("Temporal's UI shows the input in a browser", async () => {
      const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
        const run = `${product.temporal.uiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
        await page.goto(run);
        await page.getByTestId('data-encoder-status').click();
        const dialog = page.getByRole('dialog').filter({ hasText: 'Codec Server' });
        await dialog.getByTestId('use-local-endpoint-input').click();
        await dialog.getByRole('textbox').first().fill(`${endpoint}/${TOKEN}`);
        const shots = process.env['SCREENSHOTS'];
        if (shots !== undefined) await page.screenshot({ path: join(shots, 'ui-codec-settings.png') });
        await dialog.getByRole('button', { name: 'Apply' }).click();
        await dialog.waitFor({ state: 'hidden' });
        // What it has loaded already stays as it is.
        await page.reload();
        await expect.poll(() => page.getByText(person).count(), { timeout: 120_000 }).toBeGreaterThan(0);
        if (shots !== undefined) await page.screenshot({ path: join(shots, 'ui-opened.png') });
      } finally {
        await browser.close();
      }
    });
  });

  test('a worker without the key, and one with another of its id, say so and end', async () => {
    for (const [keys, words] of [
      ['', 'was sealed with the key "first", which TEMPORAL_PAYLOAD_KEYS does not have here'],
      [key('first'), 'does not open with the key "first"'],
    ] as const) {
      const died: unknown = await product.startWorker({ TEMPORAL_PAYLOAD_KEYS: keys }).catch((error: unknown) => error);
      if (!(died instanceof ChildDiedError)) throw died;
      expect(died.message).toContain('exit code 1');
      expect(died.lastLines.join('\n')).toContain(words);
    }
  });

  test('a command without the key says which one it lacks', async () => {
    const { code, stderr } = await runCommand(['backfill', 'status', workflowId], {
      env: { TEMPORAL_ADDRESS: product.temporal.address },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('"first"');
    expect(stderr).toContain('TEMPORAL_PAYLOAD_KEYS');
  });

  test('a run that was sealed with a key that no worker has waits for one that has it', async () => {
    const { address } = product.temporal;
    const client = await connectFeishuVc({
      address,
      env: { ...process.env, TEMPORAL_PAYLOAD_KEYS: `${SECOND},${FIRST}` },
    });
    try {
      const run = await client.start('backfill', { from: '2025-06-02', to: '2025-06-02', include: ['meetings'] });
      const handle = client.temporal.workflow.getHandle(run.workflowId);
      const failures = async () => {
        const { events } = await handle.fetchHistory();
        return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) => failed?.failure ?? []);
      };
      await expect.poll(failures, { timeout: 120_000 }).not.toEqual([]);
      expect((await handle.describe()).status.name).toBe('RUNNING');
      const log = () => readFile(product.workers.at(-1)!.logFile!, 'utf8');
      await expect.poll(log, { timeout: 60_000 }).toContain('was sealed with the key \\"second\\"');
      await Promise.all(product.workers.map((worker) => worker.stop()));
      await product.startWorker({ TEMPORAL_PAYLOAD_KEYS: `${FIRST},${SECOND}` });
      expect((await run.result()).complete).toBe(true);
    } finally {
      await client.close();
    }
  });
});

/** Every payload below a value, by the names above it without those of events and places in lists. */
function payloadsIn(value: unknown, path = ''): { path: string; encoding: string }[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('metadata' in value && 'data' in value) {
    const { encoding } = value.metadata as Record<string, Uint8Array>;
    return [{ path, encoding: Buffer.from(encoding ?? []).toString('utf8') }];
  }
  return Object.entries(value).flatMap(([name, below]) =>
    payloadsIn(below, `${path}${/^\d+$/.test(name) ? '' : name + '.'}`),
  );
}
