import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../store/open-store.ts';
import type { Context, Finding } from '../worker/doctor/check.ts';
import { oldVersions } from '../worker/doctor/checks/old-versions.ts';
import { disk, store } from '../worker/doctor/checks/store.ts';
import { startS3Proxy, type Fate, type S3Proxy } from './support/s3-proxy.ts';
import { envOf, s3Program, startS3Server, type S3Server } from './support/s3-server.ts';

const program = s3Program();

describe.skipIf(program === undefined)('of a bucket, doctor', () => {
  let server: S3Server;
  let proxy: S3Proxy;
  let fateOf: (headers: NodeJS.Dict<string | string[]>) => Fate;
  let dataUrl: string;

  beforeAll(async () => {
    server = await startS3Server(program!);
    proxy = await startS3Proxy(server.url, ({ headers }) => fateOf(headers));
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });
  beforeEach(async () => {
    Object.assign(process.env, envOf(proxy.url));
    fateOf = () => 'pass';
    dataUrl = `s3://${await server.makeBucket()}/exports`;
  });

  /** What the check says, given what it reads of the settings. */
  async function look(check: typeof store, grantsUrl = 'file:./grants'): Promise<Finding> {
    const profile = { name: 'default', baseUrl: 'https://open.feishu.cn', timeZone: 'Asia/Shanghai' };
    const configured = { settings: { dataUrl, grants: { url: grantsUrl }, taskQueue: 'feishu-vc' }, profile };
    return await check.run({ configured } as unknown as Context);
  }

  test('says that it takes files', async () => {
    expect(await look(store)).toMatchObject({ state: 'ok', seen: `${dataUrl}/ takes files` });
    expect(await look(disk)).toMatchObject({ seen: expect.stringContaining('free at /') });
  });

  test('says which buckets keep old versions, and of what, or that they do not say', async () => {
    expect(await look(oldVersions)).toMatchObject({ state: 'ok' });
    const [, Bucket] = /^s3:..([^/]+)/.exec(dataUrl)!;
    const client = new S3Client({ forcePathStyle: true });
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const found = await look(oldVersions, `s3://${Bucket}/grants`);
    expect(found).toMatchObject({ state: 'warn', next: expect.stringContaining('noncurrent versions') });
    expect(found.seen).toMatch(/exports\/ keeps old versions: raw answers .*; .*grants\/ keeps old versions: log-ins/);
    fateOf = () => 'unknown';
    expect(await look(oldVersions)).toMatchObject({
      state: 'warn',
      next: expect.stringContaining('GetBucketVersioning'),
    });
  });

  test('names a bucket that is not there', async () => {
    dataUrl = 's3://there-is-none';
    expect(await look(store)).toMatchObject({
      state: 'fail',
      seen: expect.stringContaining('There is no bucket there-is-none'),
      next: expect.stringContaining('AWS_'),
    });
  });

  test('names credentials that are not taken', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    expect(await look(store)).toMatchObject({ state: 'fail', seen: expect.stringContaining('credentials') });
  });

  test('refuses the data of another host', async () => {
    const claim = { apiHost: 'https://open.larksuite.com', profile: 'x', timeZone: 'UTC', dayScope: 'q' };
    await openStore(dataUrl).claim(claim);
    expect(await look(store)).toMatchObject({ state: 'fail', seen: expect.stringContaining('open.larksuite.com') });
  });

  test('warns where writes cannot be made conditional', async () => {
    fateOf = (headers) => ((headers['if-match'] ?? headers['if-none-match']) ? 'unknown' : 'pass');
    expect(await look(store)).toMatchObject({ state: 'warn', seen: expect.stringContaining('run one worker') });
  });
});
