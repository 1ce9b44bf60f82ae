/** A person logs in with a real browser: the page of the sandbox, the click, and the way back. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGrant } from '../logins/index.ts';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import { APP, testVault, type TestVault } from './support/login.ts';
import { startProgram } from './support/program.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

describe.skipIf(CHROMIUM === undefined)('login in a real browser (skipped without Chromium)', () => {
  let browser: Browser;
  let sandbox: Sandbox;
  let place: TestVault;

  beforeAll(async () => {
    sandbox = await startSandbox({ rateLimit: 'off', deviceIntervalMs: 200 });
    place = await testVault();
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser.close();
    await sandbox.close();
    await place.remove();
  });

  test.each([
    ['--browser', /(http:\/\/\S+code_challenge=\S+)/, /go back to the terminal/],
    ['--device', /(http:\/\/\S+user_code=\S+)/, /You can close this page/],
  ])('%s: the person reads what is asked, agrees, and is logged in', async (way, address, thanks) => {
    const login = startProgram('login', [way, '--port', '18747'], {
      FEISHU_BASE_URL: sandbox.url,
      FEISHU_APP_ID: APP.appId,
      FEISHU_APP_SECRET: APP.appSecret,
      FEISHU_GRANTS_URL: `file://${place.folder}`,
    });
    try {
      const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
      const url = await login.find(address);
      await login.find(/Waiting …/);
      await page.goto(url);
      expect(await page.textContent('h1')).toBe('Authorize / 授权');
      expect(await page.locator('li').allTextContents()).toContain('vc:rooms.room.detailinfo:read');
      const shots = process.env['SCREENSHOTS'];
      if (shots !== undefined) await page.screenshot({ path: join(shots, `consent${way}.png`) });
      await page.getByRole('button', { name: 'Agree / 授权' }).click();
      await page.getByText(thanks).waitFor();
      if (shots !== undefined) await page.screenshot({ path: join(shots, `after${way}.png`) });
      expect(await login.ended).toBe(0);
      expect((await readGrant(place.vault, 'default'))?.grant.user.name).toBe('管理员');
    } finally {
      login.process.kill('SIGKILL');
    }
  });
});
