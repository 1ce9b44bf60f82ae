/** Temporary files hold rows: they go with their process, whichever way it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sweepScratch } from '../store/scratch.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'temporary-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('nothing is left by a program that ends by %s', async (signal) => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, 'temporary-child.ts'), join(folder, 'out.csv')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  // The program that reads TypeScript has a folder of its own.
  const left = async (): Promise<string[]> => (await readdir(folder)).filter((name) => !name.startsWith('tsx-'));
  const before = await left();
  child.kill(signal);
  expect(before).toHaveLength(3);
  expect(await once(child, 'exit')).not.toEqual([0, null]);
  expect(await left()).toEqual([]);
});

describe('what a killed program left', () => {
  test('is swept, and links that anybody may put there stop nothing', async () => {
    const dayAgo = new Date(Date.now() - 90_000_000);
    await symlink('feishu-vc-store-aaaaaa', join(folder, 'feishu-vc-store-aaaaaa'));
    await symlink(tmpdir(), join(folder, 'feishu-vc-tmp-bbbbbb'));
    for (const name of [
      'feishu-vc-Dead01',
      'feishu-vc-tmp-Dead02',
      'feishu-vc-verify-Dead03',
      'feishu-vc-views-Other4',
    ]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'rows'), 'x');
      await utimes(join(folder, name), dayAgo, dayAgo);
    }
    await mkdir(join(folder, 'feishu-vc-tmp-Young1'));
    expect(await sweepScratch(86_400_000)).toBe(3);
    expect((await readdir(folder)).toSorted()).toEqual([
      'feishu-vc-store-aaaaaa',
      'feishu-vc-tmp-Young1',
      'feishu-vc-tmp-bbbbbb',
      'feishu-vc-views-Other4',
    ]);
  });
});
