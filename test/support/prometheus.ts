/** A Prometheus of a test's own, which scrapes what the test names. From Debian's package `prometheus`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../client/embedded/children.ts';
import { freePort } from '../../client/embedded/ports.ts';
import { onPath } from './on-path.ts';

/** Undefined where it is not installed; the tests that need it are skipped then. */
export const PROMETHEUS = onPath('prometheus');
if (PROMETHEUS === undefined) console.warn('skipped: no Prometheus is installed (apt-get install prometheus)');

export interface Sample {
  labels: Record<string, string>;
  value: number;
}

export interface Prometheus {
  /** Of an instant query, now. Rejects where the expression is wrong. */
  query(expression: string): Promise<Sample[]>;
  /** Alerts that are pending or firing. */
  alerts(): Promise<{ name: string; state: string }[]>;
  stop(): Promise<void>;
}

/** `targets`: host and port of each. `rules`: text of a rule file. */
export async function startPrometheus(o: { targets: string[]; rules: string }): Promise<Prometheus> {
  if (PROMETHEUS === undefined) throw new Error('Prometheus is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-prometheus-'));
  const port = await freePort();
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['alerts.yml'],
    scrape_configs: [{ job_name: 'feishu-vc', static_configs: [{ targets: o.targets }] }],
  };
  // JSON is YAML too.
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  await writeFile(join(folder, 'alerts.yml'), o.rules);
  const child = startChild({
    name: 'prometheus',
    command: PROMETHEUS,
    args: [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    env: { PATH: process.env['PATH'] },
    logFile: join(folder, 'prometheus.log'),
  });
  const url = `http://127.0.0.1:${port}`;
  await child.waitForLine((line) => (line.includes('ready to receive web requests') ? true : undefined), 60_000);

  const get = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data;
  };
  return {
    async query(expression) {
      const { result } = await get<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
        `query?query=${encodeURIComponent(expression)}`,
      );
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async alerts() {
      const { alerts } = await get<{ alerts: { labels: { alertname: string }; state: string }[] }>('alerts');
      return alerts.map(({ labels, state }) => ({ name: labels.alertname, state }));
    },
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
