/** The vault in a bucket: versions that only one can write, sealed content, locks; on a real S3 server. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openVault, readTicket, removeGrant, writeTicket, type Vault } from '../logins/index.ts';
import { s3Program, startS3Server, type S3Server } from './support/s3-server.ts';

const program = s3Program();

describe.skipIf(!program)('a vault in a bucket', () => {
  let server: S3Server;
  let url: string;
  let dir: string;
  const open = (key: Buffer | null = null): Vault => openVault({ url, key });

  beforeAll(async () => {
    server = await startS3Server(program!);
    Object.assign(process.env, server.env);
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    const bucket = await server.makeBucket();
    url = `s3://${bucket}/grants`;
    dir = join(server.dir, bucket);
  });

  test('of many who write the same next version one succeeds, each time', async () => {
    const vaults = Array.from({ length: 6 }, () => open());
    for (let number = 0; number < 5; number++) {
      const wrote = await Promise.all(vaults.map((vault, at) => vault.swap('a', { number, text: `${number} ${at}` })));
      expect(wrote.filter(Boolean)).toHaveLength(1);
      expect(await vaults[0]!.read('a')).toEqual({ number: number + 1, text: `${number} ${wrote.indexOf(true)}` });
    }
    expect(await vaults[0]!.swap('a', { number: 3, text: 'late' })).toBe(false);
  });

  test('a document that was removed is gone, and its numbers go on', async () => {
    const vault = open();
    await vault.swap('grant-tokyo', { number: 0, text: 'one' });
    await vault.swap('grant-osaka', { number: 0, text: 'two' });
    expect(await removeGrant(vault, 'tokyo')).toBe(true);
    expect([await vault.read('grant-tokyo'), await vault.newest('grant-tokyo')]).toEqual([null, 2]);
    expect(await vault.names()).toEqual(['grant-osaka']);
    expect(await vault.swap('grant-tokyo', { number: 1, text: 'late' })).toBe(false);
    expect(await vault.swap('grant-tokyo', { number: 2, text: 'again' })).toBe(true);
  });

  test('with a key nothing is readable without it, and what lies in clear is refused and can be replaced', async () => {
    const key = randomBytes(32);
    await open(key).swap('a', { number: 0, text: 'the secret' });
    const files = await readdir(dir, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((each) => each.isFile()).map((each) => readFile(join(each.parentPath, each.name), 'utf8')),
    );
    expect(texts.filter((text) => text.includes('sealed-1'))).toHaveLength(1);
    expect(texts.filter((text) => text.includes('secret'))).toEqual([]);
    expect((await open(key).read('a'))?.text).toBe('the secret');
    await expect(open(randomBytes(32)).read('a')).rejects.toMatchObject({ code: 'refused' });
    await writeTicket(open(), 'cli_1', { ticket: 'in clear', sentAtMs: 1 });
    expect(await writeTicket(open(key), 'cli_1', { ticket: 'sealed', sentAtMs: 2 })).toBe(true);
    expect(await readTicket(open(key), 'cli_1')).toBe('sealed');
  });

  test('one at a time holds a lock, and who waits too long is told so', async () => {
    let held = 0;
    let most = 0;
    const inTurn = () =>
      open().withLock('a', { waitMs: 20_000 }, async (lock) => {
        most = Math.max(most, ++held);
        await sleep(50);
        await lock.assertHeld();
        held -= 1;
      });
    await Promise.all([inTurn(), inTurn(), inTurn()]);
    expect(most).toBe(1);
    await open().withLock('a', { waitMs: 1000 }, async () => {
      await expect(open().withLock('a', { waitMs: 200 }, () => Promise.resolve())).rejects.toMatchObject({
        code: 'busy',
      });
    });
  });

  test('an object that is no document of this product is damaged, and not repeated', async () => {
    await open().swap('a', { number: 0, text: 'one' });
    const client = openVault({ url, key: null });
    const { BucketClient } = await import('../store/bucket-client.ts');
    const { clientSettings } = await import('../store/open-store.ts');
    const bucket = new BucketClient({ bucket: url.split('/')[2]!, prefix: 'grants/', ...clientSettings() });
    await bucket.put('a', Buffer.from('{"token":"u-secret"}'));
    await expect(client.read('a')).rejects.toMatchObject({ code: 'damaged' });
    await expect(client.read('a')).rejects.not.toThrow(/u-secret/);
  });
});
