import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../analysis/report.ts';
import { reportPage } from '../report/page.ts';
import { monthReport } from './support/month-report.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const RANGE = { from: '2026-10-12', to: '2026-10-18' };
const HOSTILE = `"><script>document.title='broken'</script><img src=x onerror="document.title='broken'">'&\u202e]]>`;

function hostileTexts(row: Record<string, unknown>): Record<string, string> {
  const names = [
    'participant_name',
    'department',
    'meeting_topic',
    'organizer',
    'room_name',
    'event_title',
    'app_version',
  ];
  const more = ['microphone', 'camera', 'location', 'device', 'network_type', 'protocol', 'reason', 'public_ip'];
  return Object.fromEntries(
    [...names, ...more].filter((name) => typeof row[name] === 'string').map((name) => [name, HOSTILE]),
  );
}

describe.skipIf(CHROMIUM === undefined)('the page in a real browser (skipped without Chromium)', () => {
  let folder: string;
  let browser: Browser;
  let report: Report;
  let path: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    await writeTenantStore({
      dir: folder,
      ...RANGE,
      tenant: { scenario: 'planted', meetingsPerDay: 5, emptyDays: false },
      // Every text of every table is hostile.
      change: (_table, rows) => rows.map((row) => ({ ...row, ...hostileTexts(row) })),
      gaps: [{ table: 'quality_minutes', reason: HOSTILE, count: 1 }],
    });
    report = await monthReport({ dir: folder, ...RANGE });
    path = join(folder, 'report.html');
    await writeFile(path, reportPage(report, { language: 'en' }));
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(
    options: { javaScriptEnabled?: boolean; width?: number } = {},
  ): Promise<{ page: Page; heard: string[] }> {
    const { javaScriptEnabled = true, width = 1280 } = options;
    const page = await browser.newPage({ javaScriptEnabled, viewport: { width, height: 900 } });
    const heard: string[] = [];
    page.on('console', (message) => heard.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => heard.push(error.message));
    page.on('request', (request) => heard.push(request.url()));
    await page.goto(pathToFileURL(path).href);
    return { page, heard: heard.slice(1) };
  }

  it('says nothing on the console and asks for nothing', async () => {
    const { page, heard } = await open();
    await page.waitForTimeout(200);
    expect(heard).toEqual([]);
    expect(await page.title()).toContain('2026-10-12');
    expect(await page.locator('img, script:not(:last-child), iframe, [onerror]').count()).toBe(0);
    await page.close();
  });

  it('shows every figure with JavaScript off, in either language', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    for (const language of ['en', 'zh']) {
      await page.click(`label[for=lang-${language}]`);
      for (let number = 1; number <= 15; number++) {
        const figure = page.locator(`#f${number}`);
        expect(await figure.locator('h2').innerText()).toMatch(language === 'zh' ? /[一-鿿]/ : /[a-z]{3}/);
        expect(await figure.locator('figcaption p').first().isVisible()).toBe(true);
      }
      const other = language === 'en' ? 'zh' : 'en';
      expect(await page.locator(`body [lang=${other}]:visible`).count()).toBe(0);
    }
    expect(await page.locator('#f2 svg:visible').count()).toBe(1);
    await page.close();
  });

  it('fits a phone: nothing is wider than the screen', async () => {
    const { page } = await open({ width: 390 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.close();
  });

  it('prints what is folded on the screen, light, and not how it is computed', async () => {
    const { page } = await open();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const folded = `[...document.querySelectorAll('details.fold > :not(summary, details)')].map((each) => each.checkVisibility())`;
    const seen = await page.evaluate<boolean[]>(folded);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).not.toContain(false);
    expect(await page.locator('summary:visible').allInnerTexts()).toEqual([]);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  it('sorts a table by its head', async () => {
    const { page } = await open();
    const rates = page.locator('#f6 table.sort').first().locator('tbody tr td:nth-child(6)');
    const head = page.locator('#f6 table.sort').first().locator('th:nth-child(6) button');
    const values = async () => (await rates.allInnerTexts()).map((text) => Number(text.replaceAll(',', '')));
    await head.click();
    await head.click();
    expect(await values()).toEqual((await values()).toSorted((a, b) => a - b));
    await page.close();
  });

  it('is under a megabyte, and refuses all but its own style and script', () => {
    const page = reportPage(report, { language: 'zh' });
    expect(page.length).toBeLessThan(1_000_000);
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/ style="|unsafe-inline|<script[^>]+src/);
  });
});
