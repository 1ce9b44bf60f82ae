/**
 * A backfill through outages: Feishu refuses connections, the data folder is read-only, the app's secret is wrong, the
 * process that makes the calls is cut off, or what it sends vanishes. Each is held until the operator reads of it, and for a
 * time after that.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BackfillResult, HandleOf } from '../../client/index.ts';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import type { SandboxOptions } from '../../sandbox/index.ts';
import { compareEveryCell, wantedOf, type Compared } from './compare.ts';
import { topLevel } from './day.ts';
import { callsReach, holderAmong } from './load.ts';
import { callsSince, daysFrom, ledgerEnd } from './operators.ts';
import { startProduct, type Product } from './product.ts';
import { startRefusingProxy, type RefusingProxy } from './refusing-proxy.ts';
import { startSmallDisk, type SmallDisk } from './small-disk.ts';

/** Of the holder: its connections to Feishu are refused, or stay without any sign. */
export type HolderOutage = 'cut-off holder' | 'unheard holder';
export type Outage = 'feishu' | 'store' | 'secret' | HolderOutage;

export interface OutageOptions {
  cli: TemporalCli;
  outages: readonly Outage[];
  from: string;
  days: number;
  workers: number;
  /** Calls per window, such as `100/6s`; on both sides. */
  rateLimit: string;
  /** An outage lasts so long after it was told of; of the holder until another one has made so many more calls. */
  holdMs: number;
  callsByAnother: number;
  sandbox: SandboxOptions;
  say?: (line: string) => void;
}

export interface Seen {
  outage: Outage;
  /** What `progress` named meanwhile; null where nothing had to stop. */
  waitingFor: string | null;
  /** Until `progress` named it, or, with an outage of the holder, until another process made a call. */
  toldAfterMs: number;
  /** From the end of the outage to the next call. */
  firstCallAfterMs: number;
}

export interface OutageReport extends Compared {
  result: BackfillResult;
  seen: Seen[];
  /** Most calls of one endpoint in any window, and answers that refused one as too many. */
  mostInWindow: number;
  throttled: number;
  seconds: number;
}

/** What the operator reads of each. */
const NAMED = {
  feishu: /Feishu.*(connection|answer)/i,
  store: /data folder.*read-only/i,
  secret: /secret.*FEISHU_APP_SECRET_FILE/i,
} as const;
const DISK_BYTES = 256 * 1024 * 1024;
const SECRET = 'sandbox-secret';
const HOOK = fileURLToPath(new URL('cut-off-hook.mjs', import.meta.url));

interface Scene {
  product: Product;
  proxy: RefusingProxy;
  disk: SmallDisk;
  secretFile: string;
  cutOffFile(worker: number): string;
  run: HandleOf<'backfill'>;
}

export async function runThroughOutages(options: OutageOptions): Promise<OutageReport> {
  const { cli, rateLimit, from, days, outages, say } = options;
  const disk = await startSmallDisk(DISK_BYTES);
  const product = await startProduct({
    cli,
    workers: 0,
    dataDir: disk.path,
    sandbox: { rateLimit, window: 'sliding', longMeetings: false, emptyDays: false, ...options.sandbox },
    env: { FEISHU_RATE_LIMIT: rateLimit },
  });
  const proxy = await startRefusingProxy(product.sandbox.url);
  try {
    const secretFile = join(product.dir, 'secret');
    const cutOffFile = (worker: number) => join(product.dir, `worker-${worker}-is-cut-off`);
    await writeFile(secretFile, SECRET);
    for (let worker = 1; worker <= options.workers; worker++) {
      await product.startWorker({
        FEISHU_BASE_URL: proxy.url,
        FEISHU_APP_SECRET: '',
        FEISHU_APP_SECRET_FILE: secretFile,
        NODE_OPTIONS: `--import=${HOOK}`,
        CUT_OFF_PORT: new URL(proxy.url).port,
        CUT_OFF_FILE: cutOffFile(worker),
      });
    }
    const dates = daysFrom(from, days);
    const wanted = wantedOf(product.sandbox.tenant, dates);
    const startMs = performance.now();
    const run = await product.client.start('backfill', {
      from,
      to: dates.at(-1)!,
      room_level_id: topLevel(product.sandbox.tenant),
    });
    const scene: Scene = { product, proxy, disk, secretFile, cutOffFile, run };
    const seen: Seen[] = [];
    const units = [...wanted.values()].reduce((sum, day) => sum + day.units.length, 0);
    for (const [index, outage] of outages.entries()) {
      // Spread over the backfill, so that each comes in the middle of what is asked.
      const count = Math.floor((units * (index + 1)) / (outages.length + 2));
      await callsReach(product.sandbox.ledger, { count, fits: ({ endpoint }) => endpoint === 'L3' });
      const found = await goThrough(outage, scene, options);
      say?.(JSON.stringify(found));
      seen.push(found);
    }
    const result = await run.result();
    return {
      result,
      seen,
      seconds: (performance.now() - startMs) / 1000,
      ...(await compareEveryCell(product.dataDir, wanted)),
      ...quotaOf(product, rateLimit),
    };
  } finally {
    await product.stop();
    await proxy.close();
    await disk.close();
  }
}

async function goThrough(outage: Outage, scene: Scene, options: OutageOptions): Promise<Seen> {
  if (outage === 'cut-off holder' || outage === 'unheard holder') return await cutOffTheHolder(outage, scene, options);
  const end = await begin(outage, scene);
  const startMs = performance.now();
  const waitingFor = await told(scene.run, NAMED[outage]);
  const toldAfterMs = performance.now() - startMs;
  await sleep(options.holdMs);
  await end();
  return { outage, waitingFor, toldAfterMs, firstCallAfterMs: await nextCallAfter(scene.product) };
}

/** Begins the outage, and gives what ends it. */
async function begin(outage: 'feishu' | 'store' | 'secret', scene: Scene): Promise<() => Promise<void>> {
  const { proxy, disk, secretFile, product } = scene;
  switch (outage) {
    case 'feishu':
      await proxy.refuse();
      return () => proxy.accept();
    case 'store':
      await disk.remount('ro');
      return () => disk.remount('rw');
    case 'secret': {
      await writeFile(secretFile, 'another-secret');
      // The token in use was fetched with the right one.
      product.sandbox.faults.add({ on: 'all', kind: 'dead-token', times: 1 });
      return () => writeFile(secretFile, SECRET);
    }
  }
}

async function cutOffTheHolder(outage: HolderOutage, scene: Scene, { callsByAnother }: OutageOptions): Promise<Seen> {
  const { product, cutOffFile } = scene;
  const holder = await holderAmong(product.workers);
  const file = cutOffFile(product.workers.indexOf(holder) + 1);
  const seq = ledgerEnd(product);
  const startMs = performance.now();
  await writeFile(file, outage === 'unheard holder' ? 'drop' : '');
  // Whatever the holder had sent has arrived by then.
  await sleep(500);
  const silentMs = performance.now() - startMs + (await nextCallAfter(product));
  while (callsSince(product, seq).length < callsByAnother) await sleep(50);
  const { waiting_for } = await scene.run.progress();
  await rm(file);
  return { outage, waitingFor: waiting_for, toldAfterMs: silentMs, firstCallAfterMs: 0 };
}

/** What the query names, once it names this outage: of the one before it may tell until its next look. */
async function told(run: HandleOf<'backfill'>, named: RegExp): Promise<string> {
  for (;;) {
    const { waiting_for } = await run.progress();
    if (waiting_for !== null && named.test(waiting_for)) return waiting_for;
    await sleep(250);
  }
}

async function nextCallAfter(product: Product): Promise<number> {
  const seq = ledgerEnd(product);
  const startMs = performance.now();
  while (callsSince(product, seq).length === 0) await sleep(20);
  return performance.now() - startMs;
}

export function quotaOf(
  { sandbox }: Pick<Product, 'sandbox'>,
  rateLimit: string,
): Pick<OutageReport, 'mostInWindow' | 'throttled'> {
  const { ledger } = sandbox;
  const match = /^\d+\/(\d+)s$/.exec(rateLimit);
  const windowMs = 1000 * Number(match?.[1] ?? 60);
  const endpoints = [...new Set(ledger.calls.map(({ endpoint }) => endpoint))].filter((name) => /^[EL]\d$/.test(name));
  return {
    mostInWindow: Math.max(...endpoints.map((endpoint) => ledger.maxInWindow(endpoint, windowMs))),
    throttled: ledger.calls.filter((call) => call.throttled).length,
  };
}
