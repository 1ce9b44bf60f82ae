/**
 * A worker as it is shipped, looked at from outside while it exports a day: what a scrape holds against the catalogue and the page
 * that describes it, the dashboard's questions and the alerts against a Prometheus that scraped it.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../client/embedded/ports.ts';
import { METRICS, type MetricSpec } from '../worker/metrics/catalogue.ts';
import { addDays, dayOf } from '../model/calendar.ts';
import { SMALL } from './support/day.ts';
import { documentText } from './support/documents.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { POSTGRES, startPostgres, type Postgres } from './support/postgres.ts';
import { startProduct, type Product } from './support/product.ts';
import { PROMETHEUS, startPrometheus, type Prometheus } from './support/prometheus.ts';
import { ROOT } from './support/tree.ts';

const cli = await temporalCli();
const DAY = addDays(dayOf(Date.now() / 1000, 'Asia/Shanghai'), -3);
const SPECS = new Map<string, MetricSpec>(Object.values(METRICS).map((spec) => [spec.name, spec]));

interface Family {
  type: string;
  series: { labels: Record<string, string>; value: string }[];
}

/** The families of a scrape by their name; the parts of a histogram under the name of the whole. */
function familiesOf(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) families.set(name, { type, series: [] });
    const [, of = '', inside = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const labels = Object.fromEntries(
      Array.from(inside.matchAll(/(\w+)="([^"]*)"/g), ([, key, says]) => [key!, says!]),
    );
    families.get(of)?.series.push({ labels, value });
  }
  return families;
}

test('docs/metrics.md says of every metric its kind, unit, labels and meaning', () => {
  const rows = documentText('docs/metrics.md')
    .split('\n')
    .filter((line) => line.startsWith('| `feishu_vc_'));
  const told = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const real = [...SPECS.values()].map(({ name, kind, unit, labels, help }) => [
    `\`${name}\``,
    kind,
    unit,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  expect(told).toEqual(real);
});

test('names end as Prometheus has it: counters in _total, what is measured in its unit', () => {
  for (const { name, kind, unit } of SPECS.values()) {
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(name.replace(/_total$/, '').endsWith(`_${unit}`)).toBe(unit !== '1');
  }
});

interface Panel {
  type: string;
  title: string;
  description: string;
  targets: { expr: string }[];
}
const { panels } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/feishu-vc.json'), 'utf8')) as { panels: Panel[] };
const PANELS = panels.filter(({ type }) => type !== 'row');

describe.skipIf(!cli || PROMETHEUS === undefined || POSTGRES === undefined)('a worker that is looked at', () => {
  let product: Product;
  let prometheus: Prometheus;
  let postgres: Postgres;
  let folder: string;
  let metricsUrl: string;
  let healthUrl: string;
  let families: Map<string, Family>;

  const scrape = async (): Promise<Map<string, Family>> => familiesOf(await (await fetch(metricsUrl)).text());
  const valueOf = (name: string, labels: Record<string, string>): string | undefined =>
    families
      .get(name)
      ?.series.find((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value))?.value;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-scraped-'));
    postgres = await startPostgres();
    const [metrics, health] = [await freePort(), await freePort()];
    metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
    healthUrl = `http://127.0.0.1:${health}`;
    const profiles = join(folder, 'profiles.json');
    // Nobody is logged in as the user of this one.
    const user = { FEISHU_IDENTITY: 'user', FEISHU_APP_ID: 'cli_sandbox', FEISHU_APP_SECRET: 'sandbox-secret' };
    product = await startProduct({
      cli: cli!,
      sandbox: { ...SMALL, longMeetings: false },
      workers: 0,
    });
    const sandbox = { FEISHU_BASE_URL: product.sandbox.url };
    await writeFile(profiles, JSON.stringify({ user: { ...user, ...sandbox } }));
    await product.startWorker({
      METRICS_ADDRESS: `127.0.0.1:${metrics}`,
      HEALTH_ADDRESS: `127.0.0.1:${health}`,
      FEISHU_PROFILES: profiles,
      FEISHU_GRANTS_URL: `file:${folder}/grants`,
      FEISHU_RATE_LIMIT: '1000/60s',
      WAREHOUSE_URL: postgres.url,
    });
    const rules = readFileSync(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8');
    prometheus = await startPrometheus({ targets: [`127.0.0.1:${metrics}`], rules });
    product.sandbox.faults.set([{ on: 'L2', kind: '429', times: 1 }]);
    // Counters that are there before the run grow by it, and Prometheus sees it.
    for (let runs = 0; runs < 2; runs++) await (await product.client.start('exportDay', { day: DAY })).result();
    do {
      await sleep(500);
      families = await scrape();
    } while (
      valueOf('feishu_vc_warehouse_lacking_days', { profile: 'default' }) !== '0' ||
      families.get('feishu_vc_quota_used_ratio') === undefined ||
      (await prometheus.query('count_over_time(feishu_vc_commits_total[1m]) > 2')).length === 0
    );
  });
  afterAll(async () => {
    await prometheus?.stop();
    await product?.stop();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('gives every metric of the catalogue and no other of its own, each of its kind and with its labels', () => {
    const own = [...families].filter(([name]) => name.startsWith('feishu_vc_'));
    expect(own.map(([name]) => name).toSorted()).toEqual([...SPECS.keys()].toSorted());
    for (const [name, { type, series }] of own) {
      const { kind, labels } = SPECS.get(name)!;
      expect({ name, type }).toEqual({ name, type: kind });
      for (const each of series) expect(Object.keys(each.labels).toSorted()).toEqual([...labels].toSorted());
    }
  });

  test('counts what it did: calls, throttles, a day that was committed twice', async () => {
    const { calls } = product.sandbox.ledger;
    const counted = families.get('feishu_vc_calls_total')?.series ?? [];
    const sum = counted.reduce((total, { value }) => total + Number(value), 0);
    expect(sum).toBe(calls.filter(({ endpoint }) => !endpoint.startsWith('A')).length);
    expect(valueOf('feishu_vc_calls_total', { endpoint: 'L2', outcome: 'throttled' })).toBe('1');
    expect(valueOf('feishu_vc_commits_total', { profile: 'default', complete: 'true' })).toBe('2');
    const days = families.get('feishu_vc_days')?.series.filter(({ value }) => value !== '0');
    expect(days).toHaveLength(1);
    const [{ count } = { count: 0 }] = await postgres.query<{ count: string }>(
      'SELECT count(*) FROM feishu_vc.meetings',
    );
    expect(valueOf('feishu_vc_rows', { table: 'meetings' })).toBe(String(count));
    expect(valueOf('feishu_vc_lease_held', { shard: '0' })).toBe('1');
    expect(valueOf('feishu_vc_grant_end_timestamp_seconds', { profile: 'user' })).toBe('0');
  });

  test('says no id of a person or a meeting, no address and no secret', async () => {
    const text = await (await fetch(metricsUrl)).text();
    const { meetings, people } = await ids();
    expect(meetings.length + people.length).toBeGreaterThan(10);
    expect([...meetings, ...people].filter((id) => text.includes(id))).toEqual([]);
    expect(text).not.toMatch(/cli_sandbox|sandbox-secret|127\.0\.0\.1|https?:|ou_|omb_/);
  });

  async function ids(): Promise<{ meetings: string[]; people: string[] }> {
    const meetings = await postgres.query<{ meeting_no: string }>('SELECT meeting_no FROM feishu_vc.meetings');
    const people = await postgres.query<{ user_id: string }>(
      'SELECT DISTINCT user_id FROM feishu_vc.participants WHERE user_id IS NOT NULL',
    );
    return { meetings: meetings.map((row) => row.meeting_no), people: people.map((row) => row.user_id) };
  }

  test('gives the metrics of Temporal that the alerts, the dashboard and the page name, but those of failures', () => {
    const texts = [
      documentText('deploy/prometheus/alerts.yml'),
      JSON.stringify(PANELS.map(({ targets }) => targets)),
      documentText('docs/metrics.md'),
    ].join('\n');
    const named = new Set(texts.match(/\btemporal_\w+/g)?.map((name) => name.replace(/_bucket$/, '')));
    expect(named.size).toBeGreaterThan(7);
    const absent = [...named].filter((name) => !families.has(name) && !/_failed_total$|_failure_total$/.test(name));
    expect(absent).toEqual([]);
  });

  test.each(PANELS.map(({ title, ...rest }) => ({ title, ...rest })))(
    'answers the question of the dashboard: $title',
    async ({ description, targets }) => {
      for (const { expr } of targets) {
        const asked = expr
          .replaceAll('$__rate_interval', '1m')
          .replaceAll('$__range', '5m')
          .replaceAll(/\$(job|profile)/g, '.*');
        const samples = await prometheus.query(asked);
        const mayBeEmpty = description.startsWith('Empty unless');
        expect(mayBeEmpty || samples.length > 0).toBe(true);
        for (const { value } of samples) expect(Number.isFinite(value)).toBe(true);
      }
    },
  );

  test('alerts of what is so and of nothing else', async () => {
    // Nobody is logged in as `user`, which is given an hour.
    const alerts = [{ name: 'FeishuVcLogInEnds', state: 'pending' }];
    // Rules are looked at each second: the last time may have been between the two commits, when no day was sealed yet.
    await expect.poll(() => prometheus.alerts(), { timeout: 240_000, interval: 200 }).toEqual(alerts);
  });

  test('is alive and ready; without its Temporal server it is alive and says what it lacks', async () => {
    const statusOf = async (path: string) => (await fetch(healthUrl + path)).status;
    expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200]);
    const looked = new AbortController();
    const restarted = product.restartTemporal(once(looked.signal, 'abort'));
    while ((await statusOf('/readyz')) === 200) await sleep(200);
    expect(await (await fetch(`${healthUrl}/readyz`)).json()).toEqual({ ready: false, missing: ['temporal'] });
    expect(await statusOf('/healthz')).toBe(200);
    do families = await scrape();
    while (valueOf('feishu_vc_away', { what: 'temporal' }) !== '1');
    looked.abort();
    await restarted;
    // Requests that fail say which and why, in the form in which the alerts ask.
    const failures = ['temporal_request_failure_total', 'temporal_long_request_failure_total'];
    const failed = failures.flatMap((name) => families.get(name)?.series.map(({ labels }) => labels) ?? []);
    expect(failed.length).toBeGreaterThan(0);
    for (const { operation, status_code } of failed) {
      expect(operation).toMatch(/^[A-Z][A-Za-z]+$/);
      expect(status_code).toMatch(/^[A-Z][A-Z_]+$/);
    }
    while ((await statusOf('/readyz')) !== 200) await sleep(200);
  });

  test('an address that is taken ends a worker at once, and names the setting', async () => {
    for (const name of ['METRICS_ADDRESS', 'HEALTH_ADDRESS']) {
      const taken = new URL(name === 'METRICS_ADDRESS' ? metricsUrl : healthUrl).host;
      const started = product.startWorker({ [name]: taken });
      await expect(started).rejects.toMatchObject({
        lastLines: expect.arrayContaining([expect.stringContaining(`${name}: `) as string]) as string[],
      });
    }
  });
});
