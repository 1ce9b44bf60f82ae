import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { demoEnvironment, prepareFolder } from '../client/cli/demo-folder.ts';

describe("a demo's folder", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-demo-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('is made where there is none', async () => {
    const folder = await prepareFolder(join(dir, 'new', 'demo'));
    expect(folder.dataDir).toBe(join(dir, 'new', 'demo', 'data'));
    expect(await readdir(folder.path)).toEqual(['.feishu-vc-demo']);
  });

  test('that holds something else is refused and left alone', async () => {
    await writeFile(join(dir, 'data'), 'mine');
    await expect(prepareFolder(dir)).rejects.toMatchObject({ name: 'CliError', exitCode: 2 });
    expect(await readdir(dir)).toEqual(['data']);
  });

  test('of an earlier demo loses what that demo wrote, and nothing else', async () => {
    await (await prepareFolder(dir)).release();
    await mkdir(join(dir, 'data', 'tables'), { recursive: true });
    await writeFile(join(dir, 'temporal.db'), '');
    await writeFile(join(dir, 'my-query.sql'), 'SELECT 1');
    await prepareFolder(dir);
    expect((await readdir(dir)).toSorted()).toEqual(['.feishu-vc-demo', 'my-query.sql']);
  });

  test('is refused while another process uses it', async () => {
    await prepareFolder(dir);
    // The parent of this process lives for the length of the test.
    await writeFile(join(dir, '.feishu-vc-demo'), `${process.ppid}\n`);
    await expect(prepareFolder(dir)).rejects.toMatchObject({ name: 'CliError', exitCode: 1 });
  });

  test('of a demo that was killed is free again', async () => {
    await prepareFolder(dir);
    // Above any process id that a system hands out.
    await writeFile(join(dir, '.feishu-vc-demo'), '2147483646\n');
    await prepareFolder(dir);
    expect(await readFile(join(dir, '.feishu-vc-demo'), 'utf8')).toBe(`${process.pid}\n`);
  });
});

test('the environment of a demo has nothing in it that leads to a real account, server or store', () => {
  const real = {
    FEISHU_APP_ID: 'cli_real',
    FEISHU_APP_SECRET_FILE: '/run/secrets/feishu',
    FEISHU_USER_ACCESS_TOKEN: 'u-real',
    FEISHU_PROFILES: '/etc/profiles.json',
    TEMPORAL_ADDRESS: 'production:7233',
    TEMPORAL_API_KEY: 'key',
    TEMPORAL_CONFIG_FILE: '/home/me/temporal.toml',
    DATA_URL: 's3://bucket',
    DATA_URL_FILE: '/run/secrets/data-url',
    AWS_SECRET_ACCESS_KEY: 'secret',
    PGPASSWORD: 'secret',
  };
  const env = demoEnvironment({ ...real, PATH: '/bin', HTTPS_PROXY: 'http://proxy' }, { path: '/demo' });
  expect(env).toEqual({
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    TEMPORAL_CONFIG_FILE: '/demo/no-temporal-config.toml',
  });
});
