/** Who may read what a process writes, whatever the umask of the shell that started it. */
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FileVault } from '../logins/file-vault.ts';
import { writeTicket } from '../logins/index.ts';
import { closeFiles } from '../model/file-modes.ts';
import { FileStore } from '../store/file-store.ts';
import { storeSecret } from '../store/secret.ts';

const ofTest = process.umask();
let root: string;
afterEach(async () => {
  process.umask(ofTest);
  await rm(root, { recursive: true });
});

/** Log-ins, the store's secret, and the tickets of locks. */
const NOBODY_ELSES = /^grants|^data\/secret\.json$|\.locks\/[^/]+\/\d+$/;

async function modesBelow(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const modes = names.map(async (name): Promise<[string, string]> => {
    const found = await lstat(join(folder, name));
    return [name, `${found.isDirectory() ? 'folder' : 'file'} ${(found.mode & 0o777).toString(8)}`];
  });
  return new Map(await Promise.all(modes));
}

test.each([
  { shell: 0o000, said: undefined, folders: '700', files: '600' },
  { shell: 0o027, said: undefined, folders: '700', files: '600' },
  { shell: 0o000, said: '027', folders: '750', files: '640' },
  { shell: 0o077, said: '027', folders: '750', files: '640' },
])('with the umask $shell and FEISHU_UMASK $said files are $files', async ({ shell, said, folders, files }) => {
  root = await mkdtemp(join(tmpdir(), 'feishu-vc-modes-'));
  process.umask(shell);
  closeFiles({ env: { FEISHU_UMASK: said }, umask: (mask) => process.umask(mask) });
  const store = new FileStore(join(root, 'data'));
  await store.claim({ apiHost: 'https://open.feishu.cn', profile: 'hq', timeZone: 'UTC', dayScope: 'q' });
  await storeSecret(store);
  await store.put('raw/meeting_list/profile=hq/x.json', '{}');
  await store.withLock('day', () => store.writeJson('manifests/profile=hq/x.json', {}));
  const vault = new FileVault({ folder: join(root, 'grants'), key: null });
  await vault.withLock('grant-hq', { waitMs: 1000 }, () => vault.swap('grant-hq', { number: 0, text: 'x' }));
  await writeTicket(vault, 'cli_a', { ticket: 'x', sentAtMs: 1 });

  const modes = await modesBelow(root);
  for (const name of [
    'data/store.json',
    'data/secret.json',
    'data/.locks/day/1',
    'grants/grant-hq/1',
    'grants/.locks',
  ]) {
    expect([...modes.keys()]).toContain(name);
  }
  const wrong = [...modes].filter(([name, mode]) => {
    const most = NOBODY_ELSES.test(name) ? ['folder 700', 'file 600'] : [`folder ${folders}`, `file ${files}`];
    return !most.includes(mode);
  });
  expect(wrong).toEqual([]);
});
