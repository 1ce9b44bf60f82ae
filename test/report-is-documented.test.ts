import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportPage } from '../report/page.ts';
import { documentText } from './support/documents.ts';
import { monthReport } from './support/month-report.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const DAYS = { from: '2026-10-06', to: '2026-10-06' };
let folder: string;
let page: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documented-'));
  await writeTenantStore({ dir: folder, ...DAYS, tenant: { meetingsPerDay: 1, emptyDays: false } });
  page = reportPage(await monthReport({ dir: folder, ...DAYS }), { language: 'en' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['docs/reading-the-report.md', 'en'],
  ['docs/reading-the-report.zh-CN.md', 'zh'],
])('%s explains every figure of the page, by its title and in its order', (path, language) => {
  const title = new RegExp(`<h2>(?:<span class="no">(\\d+)</span>)?.*?<span lang="${language}">(.*?)</span>`, 'g');
  const titles = [...page.matchAll(title)].map(([, number, text = '']) =>
    number === undefined ? text : `${number}. ${text}`,
  );
  expect(titles).toHaveLength(16);
  const headings = [...documentText(path).matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
  expect(headings.slice(0, titles.length)).toEqual(titles);
});
