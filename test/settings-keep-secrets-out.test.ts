import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { connectFeishuVc } from '../client/connect.ts';
import { addressProblem } from '../temporal/address-problem.ts';
import { readSettings, SettingsError } from '../worker/config.ts';
import { temporal } from '../worker/doctor/checks/temporal.ts';
import { diagnose } from '../worker/doctor/diagnose.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = 'sEcReT0123456789abcdef';

function problemsWith(env: NodeJS.ProcessEnv): string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error('the settings were taken');
}

function profilesFile(content: string): string {
  const path = join(folder, 'profiles.json');
  writeFileSync(path, content);
  return path;
}

test.each([
  'FEISHU_APP_SECRET',
  'FEISHU_USER_ACCESS_TOKEN',
  'FEISHU_ENCRYPT_KEY',
  'FEISHU_VERIFICATION_TOKEN',
  'FEISHU_GRANTS_KEY',
  'WAREHOUSE_URL',
])('a secret that was pasted into %s_FILE does not come back', (name) => {
  const problems = problemsWith({ FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 'other', [`${name}_FILE`]: SECRET });
  expect(problems).toContain(`${name}_FILE: cannot be read (ENOENT); it takes the path of a file`);
  expect(problems.join()).not.toContain(SECRET);
});

test('one in the file of profiles does not come back either', () => {
  const path = profilesFile(JSON.stringify({ hq: { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET_FILE: SECRET } }));
  const problems = problemsWith({ FEISHU_PROFILES: path });
  expect(problems).toContain(
    'FEISHU_PROFILES: hq: FEISHU_APP_SECRET_FILE: cannot be read (ENOENT); it takes the path of a file',
  );
  expect(problems.join()).not.toContain(SECRET);
});

test('profiles that were pasted instead of the path of their file do not come back', () => {
  const profiles = JSON.stringify({ hq: { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: SECRET } });
  const problems = problemsWith({ FEISHU_PROFILES: profiles });
  expect(problems).toStrictEqual(['FEISHU_PROFILES: cannot be read (ENOENT); it takes the path of a JSON file']);
});

test('a URL with a password in place of the address of Temporal is refused without being quoted', async () => {
  for (const right of ['temporal', 'temporal:7233', '127.0.0.1:7233', '[::1]:7233', 'a-b.tmprl.cloud:7233']) {
    expect(addressProblem(right)).toBeNull();
  }
  const address = `me:${SECRET}@127.0.0.1:1`;
  const failed: unknown = await connectFeishuVc({ address, nobodyTimeoutMs: 0, env: {} }).catch((e: unknown) => e);
  expect(String(failed)).toMatch(/TEMPORAL_ADDRESS takes HOST:PORT/);
  const { checks } = await diagnose({ env: { TEMPORAL_ADDRESS: address }, profile: 'default', checks: [temporal] });
  expect(checks).toMatchObject([{ name: 'temporal', state: 'fail' }]);
  expect(inspect(failed, { depth: 10 }) + JSON.stringify(checks)).not.toContain(SECRET);
});

test('a path that is a folder, or too long for one, is told by its errno', () => {
  const long = SECRET.repeat(400);
  const env = { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET_FILE: folder, FEISHU_PROFILES: long };
  expect(problemsWith(env)).toStrictEqual([
    'FEISHU_APP_SECRET_FILE: cannot be read (EISDIR); it takes the path of a file',
    'FEISHU_PROFILES: cannot be read (ENAMETOOLONG); it takes the path of a JSON file',
    "FEISHU_APP_SECRET: missing; it takes the app's secret",
  ]);
});

test('a file of profiles that is no JSON, or holds a secret where a name belongs, is not quoted', () => {
  const broken = profilesFile(`{"hq": {"FEISHU_APP_SECRET": "${SECRET}" `);
  expect(problemsWith({ FEISHU_PROFILES: broken })).toStrictEqual(['FEISHU_PROFILES: the file is not valid JSON']);
  const misplaced = profilesFile(JSON.stringify({ [`${SECRET}=`]: {} }));
  expect(problemsWith({ FEISHU_PROFILES: misplaced }).join()).not.toContain(SECRET);
});
