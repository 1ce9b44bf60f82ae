/** The vault: owner-only files, versions that only one can write, sealed content. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openVault, readTicket, removeGrant, writeTicket } from '../logins/index.ts';
import { FileVault } from '../logins/file-vault.ts';
import { testVault, type TestVault } from './support/login.ts';

let place: TestVault | undefined;
afterEach(() => place?.remove());

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('Folders are 0700 and files 0600, whatever the umask, also those of locks', async () => {
  const before = process.umask(0);
  try {
    place = await testVault();
    const { vault, folder } = place;
    await vault.withLock('grant-a', { waitMs: 1000 }, () => vault.swap('grant-a', { number: 0, text: 'secret' }));
    const entries = await readdir(folder, { recursive: true });
    const modes = await Promise.all(
      ['.', ...entries].map(async (entry) => {
        const { mode } = await stat(join(folder, entry));
        return [(await stat(join(folder, entry))).isDirectory(), (mode & 0o777).toString(8)];
      }),
    );
    expect(modes.length).toBeGreaterThan(4);
    expect(modes.filter(([isFolder, mode]) => mode !== (isFolder === true ? '700' : '600'))).toEqual([]);
  } finally {
    process.umask(before);
  }
});

test('A folder in which somebody keeps other things is not closed to others, and takes no log-in', async () => {
  place = await testVault();
  const { vault, folder } = place;
  await mkdir(folder);
  await writeFile(join(folder, 'index.html'), 'hello');
  await chmod(folder, 0o755);
  await expect(vault.swap('grant-a', { number: 0, text: 'secret' })).rejects.toThrow(`chmod 700 ${folder}`);
  expect([(await stat(folder)).mode & 0o777, await readdir(folder)]).toEqual([0o755, ['index.html']]);
  await chmod(folder, 0o700);
  expect(await vault.swap('grant-a', { number: 0, text: 'secret' })).toBe(true);
});

test('Of many who write the same next version one succeeds, each time', async () => {
  place = await testVault();
  const { folder } = place;
  const vaults = Array.from({ length: 8 }, () => new FileVault({ folder, key: null }));
  for (let number = 0; number < 20; number++) {
    const wrote = await Promise.all(vaults.map((vault, at) => vault.swap('a', { number, text: `${number} ${at}` })));
    expect(wrote.filter(Boolean)).toHaveLength(1);
    expect(await vaults[0]?.read('a')).toEqual({ number: number + 1, text: `${number} ${wrote.indexOf(true)}` });
  }
  expect(await vaults[0]?.swap('a', { number: 3, text: 'late' })).toBe(false);
  expect((await filesIn(join(folder, 'a'))).length).toBeLessThanOrEqual(2);
});

/** Something happens right after it has looked which version is the newest. */
class OvertakenVault extends FileVault {
  overtake: (() => Promise<unknown>) | undefined;

  override async newest(name: string): Promise<number> {
    const number = await super.newest(name);
    const { overtake } = this;
    this.overtake = undefined;
    await overtake?.();
    return number;
  }
}

test('A reader never takes a document for removed while it is being replaced', async () => {
  place = await testVault();
  const { vault, folder } = place;
  await vault.swap('a', { number: 0, text: 'first' });
  const reader = new OvertakenVault({ folder, key: null });
  reader.overtake = () => vault.swap('a', { number: 1, text: 'second' });
  expect(await reader.read('a')).toEqual({ number: 2, text: 'second' });
});

test('A writer that was overtaken by two others does not take their place', async () => {
  place = await testVault();
  const { vault, folder } = place;
  await vault.swap('a', { number: 0, text: 'first' });
  const writer = new OvertakenVault({ folder, key: null });
  writer.overtake = async () => {
    await vault.swap('a', { number: 1, text: 'second' });
    await vault.swap('a', { number: 2, text: 'third' });
    await vault.swap('a', { number: 3, text: 'fourth' });
  };
  expect(await writer.swap('a', { number: 1, text: 'late' })).toBe(false);
  expect((await vault.read('a'))?.text).toBe('fourth');
});

test('What was replaced or removed leaves no old secret on the disk', async () => {
  place = await testVault();
  const { vault, folder } = place;
  await vault.swap('a', { number: 0, text: 'old-secret' });
  await vault.swap('a', { number: 1, text: 'new-secret' });
  const content = async () => (await Promise.all((await filesIn(folder)).map((file) => readFile(file, 'utf8')))).join();
  expect(await content()).not.toContain('old-secret');
  expect(await vault.names()).toEqual(['a']);
  await vault.swap('a', { number: 2, text: null });
  expect(await content()).not.toContain('secret');
  expect([await vault.read('a'), await vault.names()]).toEqual([null, []]);
  expect(await vault.swap('a', { number: 3, text: 'again' })).toBe(true);
});

test('With a key nothing is readable without it, and a document cannot take the place of another', async () => {
  const key = randomBytes(32);
  place = await testVault(key);
  const { vault, folder } = place;
  await vault.swap('a', { number: 0, text: 'the secret' });
  const sealed = await readFile(join(folder, 'a', '1'), 'utf8');
  expect(sealed).not.toContain('secret');
  expect((await vault.read('a'))?.text).toBe('the secret');
  await expect(new FileVault({ folder, key: randomBytes(32) }).read('a')).rejects.toMatchObject({ code: 'refused' });
  await expect(new FileVault({ folder, key: null }).read('a')).rejects.toThrow('FEISHU_GRANTS_KEY');
  const plain = new FileVault({ folder, key: null });
  await plain.swap('b', { number: 0, text: sealed });
  await expect(vault.read('b')).rejects.toMatchObject({ code: 'refused' });
});

test('With a key a document that lies in clear is refused, and can be replaced and removed', async () => {
  const key = randomBytes(32);
  place = await testVault(key);
  const { vault, folder } = place;
  const plain = new FileVault({ folder, key: null });
  await plain.swap('grant-tokyo', { number: 0, text: 'in clear' });
  await expect(vault.read('grant-tokyo')).rejects.toThrow('feishu-vc login --profile tokyo');
  expect([await removeGrant(vault, 'tokyo'), await vault.read('grant-tokyo')]).toEqual([true, null]);
  expect(await removeGrant(vault, 'tokyo')).toBe(false);
  await writeTicket(plain, 'cli_1', { ticket: 'in clear', sentAtMs: 1 });
  expect(await writeTicket(vault, 'cli_1', { ticket: 'sealed', sentAtMs: 2 })).toBe(true);
  expect(await readTicket(vault, 'cli_1')).toBe('sealed');
});

test('An address that is no folder is refused, and not repeated', () => {
  expect(() => openVault({ url: 's3://key:secret@bucket/x', key: null })).toThrow(/FEISHU_GRANTS_URL takes a folder/);
  expect(() => openVault({ url: 's3://key:secret@bucket/x', key: null })).not.toThrow(/secret@/);
});
