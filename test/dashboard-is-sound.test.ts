/** The dashboard as Grafana takes it, which no Grafana is here to say. Whether its questions are answered: metrics-are-scraped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS } from '../worker/metrics/catalogue.ts';
import { ROOT } from './support/tree.ts';

interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: Place;
  datasource?: unknown;
  collapsed?: boolean;
  panels?: unknown[];
  targets?: { refId: string; expr: string; datasource: unknown; legendFormat?: string }[];
  fieldConfig?: { defaults: { unit: string } };
}
interface Variable {
  name: string;
  type: string;
  query: unknown;
  datasource?: unknown;
}
interface Dashboard {
  title: string;
  uid: string;
  schemaVersion: number;
  templating: { list: Variable[] };
  panels: Panel[];
}

const COLUMNS = 24;
/** Whoever imports it picks a Prometheus of any name. */
const PICKED = { type: 'prometheus', uid: '${datasource}' };

const text = readFileSync(join(ROOT, 'deploy/grafana/feishu-vc.json'), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const { panels } = dashboard;
const variables = dashboard.templating.list;
const asking = panels.filter(({ type }) => type !== 'row');
const queries = asking.flatMap(({ targets = [] }) => targets);

const isApart = (a: Place, b: Place): boolean =>
  a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;

test('the dashboard is found by a uid of its own, and holds nothing of one installation', () => {
  expect(dashboard).toMatchObject({ uid: 'feishu-vc', schemaVersion: expect.any(Number) as number });
  const ofInstallation = ['id', '__inputs', '__requires', 'iteration'];
  expect(Object.keys(dashboard).filter((name) => ofInstallation.includes(name))).toEqual([]);
});

test('its panels have ids and titles of their own, of types that Grafana brings along, and say what they show', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const types = new Set(panels.map(({ type }) => type));
  expect([...types].filter((type) => !['row', 'stat', 'timeseries', 'bargauge'].includes(type))).toEqual([]);
  expect(asking.filter(({ description }) => !description)).toEqual([]);
  expect(asking.filter(({ fieldConfig }) => !fieldConfig?.defaults.unit)).toEqual([]);
});

test('no panel lies on another one or beside the grid, and every row is open', () => {
  const beside = panels.filter(({ gridPos: { x, y, w, h } }) => x < 0 || y < 0 || w < 1 || h < 1 || x + w > COLUMNS);
  expect(beside).toEqual([]);
  const overlaps = panels.flatMap((panel, at) =>
    panels
      .slice(at + 1)
      .flatMap((other) => (isApart(panel.gridPos, other.gridPos) ? [] : [[panel.title, other.title]])),
  );
  expect(overlaps).toEqual([]);
  const rows = panels.filter(({ type }) => type === 'row');
  expect(rows.filter(({ collapsed, panels: inside }) => collapsed !== false || inside?.length !== 0)).toEqual([]);
});

test('every query goes to the Prometheus that is picked, under a letter of its own in its panel', () => {
  expect(variables.find(({ type }) => type === 'datasource')).toMatchObject({
    name: 'datasource',
    query: 'prometheus',
  });
  const sources = [...asking, ...queries, ...variables.filter(({ type }) => type === 'query')];
  expect(sources.filter(({ datasource }) => JSON.stringify(datasource) !== JSON.stringify(PICKED))).toEqual([]);
  for (const { title, targets = [] } of asking) {
    const letters = targets.map(({ refId }) => refId);
    expect({ title, letters }).toEqual({ title, letters: [...new Set(letters)] });
    expect(letters.length).toBeGreaterThan(0);
  }
});

test('it names no variable that it does not define, and defines none that nothing uses', () => {
  const named = new Set(Array.from(text.matchAll(/\$\{?(\w+)\}?/g), ([, name = '']) => name));
  const own = [...named].filter((name) => !name.startsWith('__'));
  expect(own.toSorted()).toEqual(variables.map(({ name }) => name).toSorted());
});

test('legends name labels that their query keeps, and queries metrics that there are', () => {
  for (const { expr, legendFormat = '' } of queries) {
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      const kept = Array.from(expr.matchAll(/by \(([^)]*)\)/g), ([, labels = '']) => labels.split(', '));
      expect({ expr, kept: kept[0] ?? [label] }).toEqual({ expr, kept: expect.arrayContaining([label]) as string[] });
    }
  }
  const known = new Set<string>(Object.values(METRICS).map(({ name }) => name));
  const metrics = text.match(/\bfeishu_vc_\w+/g) ?? [];
  expect(metrics.filter((name) => !known.has(name))).toEqual([]);
});
