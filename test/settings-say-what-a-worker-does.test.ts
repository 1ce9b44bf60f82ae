import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSettings, SettingsError } from '../worker/config.ts';

const APP = { FEISHU_APP_ID: 'cli_1', FEISHU_APP_SECRET: 'secret' };

function problemsOf(env: Record<string, string>): string[] {
  try {
    readSettings({ ...APP, ...env });
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems;
  }
}

describe('the settings of a worker', () => {
  test('are one lease and all the work where nothing else is said', () => {
    expect(readSettings(APP)).toMatchObject({ role: 'all', apiShards: 1, deployment: null });
  });

  test.each(['all', 'work', 'api'])('take the role %s', (role) => {
    expect(readSettings({ ...APP, FEISHU_ROLE: role }).role).toBe(role);
  });

  test('refuse another role, and a number of shards that is none', () => {
    expect(problemsOf({ FEISHU_ROLE: 'both' })).toEqual([
      'FEISHU_ROLE: takes all, work (everything but calls) or api (calls only)',
    ]);
    for (const shards of ['0', '33', '1.5', '-2', 'two']) {
      expect(problemsOf({ FEISHU_API_SHARDS: shards })).toEqual([
        'FEISHU_API_SHARDS: takes a whole number from 1 to 32',
      ]);
    }
    for (const shards of [1, 9, 10, 32]) {
      expect(readSettings({ ...APP, FEISHU_API_SHARDS: String(shards) }).apiShards).toBe(shards);
    }
  });

  test('bound what is downloaded and read', () => {
    expect(readSettings(APP)).toMatchObject({ maxDownloadBytes: 256 * 1024 ** 2, maxInflatedBytes: 1024 ** 3 });
    const sizes = { FEISHU_MAX_DOWNLOAD: '64MiB', FEISHU_MAX_XLSX: '2GiB' };
    expect(readSettings({ ...APP, ...sizes })).toMatchObject({
      maxDownloadBytes: 64 * 1024 ** 2,
      maxInflatedBytes: 2 * 1024 ** 3,
    });
    for (const size of ['0MiB', '1GB', '1000', '1TiB', '-1GiB']) {
      expect(problemsOf({ FEISHU_MAX_XLSX: size })).toEqual(['FEISHU_MAX_XLSX: takes a size, such as 256MiB or 1GiB']);
    }
  });

  test('say how long raw answers are kept, and whether encrypted', () => {
    expect(readSettings(APP)).toMatchObject({
      rawKeep: { policy: 'always', afterDays: null, encrypts: false },
      rawKeys: [],
    });
    expect(readSettings({ ...APP, RAW_KEEP: 'until_sealed' }).rawKeep).toMatchObject({ afterDays: 0 });
    expect(readSettings({ ...APP, RAW_KEEP: '90d' }).rawKeep).toEqual({
      policy: '90d',
      afterDays: 90,
      encrypts: false,
    });
    for (const wrong of ['never', '90', '0d', '-1d', '1.5d']) {
      expect(problemsOf({ RAW_KEEP: wrong })).toEqual([
        'RAW_KEEP: takes always, encrypted, until_sealed, or days after the day was sealed, such as 90d or encrypted,90d',
      ]);
    }
    const RAW_KEYS = `2026-11:${Buffer.alloc(32).toString('base64')}`;
    expect(readSettings({ ...APP, RAW_KEYS, RAW_KEEP: 'encrypted' })).toMatchObject({
      rawKeep: { afterDays: null, encrypts: true },
      rawKeys: [{ id: '2026-11' }],
    });
    expect(readSettings({ ...APP, RAW_KEYS, RAW_KEEP: 'encrypted,90d' }).rawKeep).toMatchObject({
      afterDays: 90,
      encrypts: true,
    });
    expect(problemsOf({ RAW_KEEP: 'encrypted' })).toEqual([
      'RAW_KEYS: is what RAW_KEEP=encrypted encrypts with; set it',
    ]);
    expect(problemsOf({ RAW_KEYS: 'no key' })).toEqual([expect.stringMatching(/^RAW_KEYS: takes ID:KEY/)]);
  });

  test('say where a worker is looked at from outside, by an IP address and a port', () => {
    expect(readSettings(APP).listen).toEqual({ metrics: null, health: null });
    const listen = { METRICS_ADDRESS: '127.0.0.1:9464', HEALTH_ADDRESS: '[::1]:9465' };
    expect(readSettings({ ...APP, ...listen }).listen).toEqual({
      metrics: { host: '127.0.0.1', port: 9464 },
      health: { host: '::1', port: 9465 },
    });
    for (const text of [
      '9464',
      ':9464',
      'localhost:9464',
      '127.0.0.1',
      '127.0.0.1:0',
      '1.2.3.4:65536',
      '1.2.3:80',
      '::1:9464',
    ]) {
      for (const name of ['METRICS_ADDRESS', 'HEALTH_ADDRESS']) {
        expect(problemsOf({ [name]: text })).toEqual([
          `${name}: takes an IP address of this machine and a port, such as 127.0.0.1:9464`,
        ]);
      }
    }
    const same = { METRICS_ADDRESS: '127.0.0.1:9464', HEALTH_ADDRESS: '0.0.0.0:9464' };
    expect(problemsOf(same)).toEqual(['HEALTH_ADDRESS: takes another port than METRICS_ADDRESS']);
  });

  test('name a warehouse, or none', () => {
    expect(readSettings(APP).warehouse).toBeNull();
    const url = 'postgres://loader:p%40ss@db.example.com:5432/vc?sslmode=verify-full';
    expect(readSettings({ ...APP, WAREHOUSE_URL: url }).warehouse).toEqual({
      url: { setting: 'WAREHOUSE_URL', value: url, path: null },
      schema: 'feishu_vc',
      allowsClear: false,
    });
    expect(problemsOf({ WAREHOUSE_URL: 'postgres://u:p/q@h/d', WAREHOUSE_SCHEMA: 'pg_mine' })).toEqual([
      'WAREHOUSE_URL: takes postgres://USER:PASSWORD@HOST/DATABASE, with what is special in them percent-encoded',
      'WAREHOUSE_SCHEMA: takes the name of a schema: small letters, digits and _, not beginning with pg_',
    ]);
  });

  const VERSION = { deploymentName: 'calls', buildId: '1.4' };
  test.each([
    { TEMPORAL_DEPLOYMENT_NAME: 'calls', TEMPORAL_WORKER_BUILD_ID: '1.4' },
    { FEISHU_DEPLOYMENT_NAME: 'calls', FEISHU_BUILD_ID: '1.4' },
    { TEMPORAL_DEPLOYMENT_NAME: 'calls', FEISHU_BUILD_ID: '1.4' },
    { TEMPORAL_DEPLOYMENT_NAME: 'calls', FEISHU_DEPLOYMENT_NAME: 'calls', FEISHU_BUILD_ID: '1.4' },
  ])('take the version of a worker from %o', (env) => {
    expect(readSettings({ ...APP, ...env }).deployment).toEqual(VERSION);
  });

  test('refuse half a version, and two that differ', () => {
    expect(problemsOf({ FEISHU_BUILD_ID: '1.4' })).toEqual([
      'TEMPORAL_DEPLOYMENT_NAME: missing; worker versioning takes TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, or neither',
    ]);
    expect(
      problemsOf({ TEMPORAL_DEPLOYMENT_NAME: 'a', FEISHU_DEPLOYMENT_NAME: 'b', TEMPORAL_WORKER_BUILD_ID: '1' }),
    ).toEqual([
      'TEMPORAL_DEPLOYMENT_NAME: is "a", and FEISHU_DEPLOYMENT_NAME, which means the same, is "b"; set one of them',
    ]);
  });

  describe('serve the profiles that are allowed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'profiles.json');
    // The secret of one of them is not to be read here.
    writeFileSync(
      file,
      JSON.stringify({
        hq: { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 'a' },
        tokyo: { FEISHU_APP_ID: 'cli_b', FEISHU_APP_SECRET_FILE: join(folder, 'of-another-worker') },
      }),
    );
    const served = (env: Record<string, string>): string[] =>
      readSettings({ ...APP, FEISHU_PROFILES: file, ...env }).profiles.map(({ name }) => name);

    test('and no other, whose secrets are not read', () => {
      expect(served({ FEISHU_ALLOWED_PROFILES: 'hq' })).toEqual(['hq']);
      expect(served({ FEISHU_ALLOWED_PROFILES: 'default, hq' })).toEqual(['default', 'hq']);
      expect(problemsOf({ FEISHU_PROFILES: file })).toEqual([
        expect.stringMatching(/^FEISHU_PROFILES: tokyo: FEISHU_APP_SECRET_FILE: cannot be read/),
        "FEISHU_APP_SECRET of profile tokyo: missing; it takes the app's secret",
      ]);
    });

    test('and read no file of the default one, where that is not among them', () => {
      const env = { FEISHU_PROFILES: file, FEISHU_ALLOWED_PROFILES: 'hq', FEISHU_APP_SECRET_FILE: '/nowhere' };
      expect(readSettings(env).profiles.map(({ name }) => name)).toEqual(['hq']);
    });

    test('and say which of them is not there', () => {
      expect(problemsOf({ FEISHU_PROFILES: file, FEISHU_ALLOWED_PROFILES: 'hq,osaka' })).toEqual([
        'FEISHU_ALLOWED_PROFILES: names osaka, which is not configured',
      ]);
      expect(problemsOf({ FEISHU_ALLOWED_PROFILES: 'a;b' })).toEqual([
        'FEISHU_ALLOWED_PROFILES: takes names of profiles, separated by commas',
      ]);
    });
  });
});
