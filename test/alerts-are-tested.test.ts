/** The alerts for Prometheus: by its own tool, and against the metrics that there are and the page that says what to do. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../worker/metrics/catalogue.ts';
import { documentText } from './support/documents.ts';
import { onPath } from './support/on-path.ts';
import { ROOT } from './support/tree.ts';

const run = promisify(execFile);
const PROMTOOL = onPath('promtool');
if (PROMTOOL === undefined) console.warn('skipped: no promtool is installed (apt-get install prometheus)');
const FOLDER = join(ROOT, 'deploy/prometheus');
const RULES = readFileSync(join(FOLDER, 'alerts.yml'), 'utf8');
const TESTS = ['alerts.test.yml', 'alerts-of-days.test.yml'];
const NAMES = Array.from(RULES.matchAll(/^ +- alert: (\w+)$/gm), ([, name = '']) => name);

const promtool = async (...args: string[]) => (await run(PROMTOOL!, args, { cwd: FOLDER })).stdout;

describe.skipIf(PROMTOOL === undefined)('promtool (skipped without it)', () => {
  test('takes the rules', async () => {
    expect(await promtool('check', 'rules', 'alerts.yml')).toContain(`SUCCESS: ${NAMES.length} rules found`);
  });

  test('sees each alert fire at its fault and clear after it', async () => {
    expect(await promtool('test', 'rules', ...TESTS)).not.toContain('FAILED');
  });
});

describe('every alert', () => {
  test('has a test in which it fires and one in which it does not', () => {
    const tests = TESTS.map((file) => readFileSync(join(FOLDER, file), 'utf8')).join('');
    const fires = new Set(Array.from(tests.matchAll(/- alertname: (\w+)\n +eval_time/g), ([, name]) => name));
    const silent = new Set(
      Array.from(tests.matchAll(/alertname: (\w+), eval_time: \w+, exp_alerts: \[\]/g), ([, name]) => name),
    );
    expect(NAMES.length).toBeGreaterThan(15);
    expect(NAMES.filter((name) => !fires.has(name))).toEqual([]);
    // Of a log-in two are told apart in one test.
    expect(NAMES.filter((name) => !silent.has(name))).toEqual(['FeishuVcLogInEnds']);
  });

  test('has a paragraph that says what to do, to which it leads', () => {
    const text = documentText('docs/operating.md');
    const headings = Array.from(text.matchAll(/^### (FeishuVc\w+)\n\n\S/gm), ([, name]) => name);
    expect(headings).toEqual(NAMES);
    const leads = Array.from(RULES.matchAll(/runbook: (\S+)$/gm), ([, where]) => where);
    expect(leads).toEqual(NAMES.map((name) => `docs/operating.md#${name.toLowerCase()}`));
  });

  test('is made of metrics that there are', () => {
    const known = new Set<string>(Object.values(METRICS).map(({ name }) => name));
    const named = RULES.match(/\bfeishu_vc_\w+/g) ?? [];
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test('has a severity', () => {
    expect(RULES.match(/severity: (critical|warning) /g)).toHaveLength(NAMES.length);
  });
});
