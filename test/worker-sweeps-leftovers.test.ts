import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { temporalCli } from './support/embedded-temporal.ts';
import { startProduct } from './support/product.ts';

const cli = await temporalCli();

describe.skipIf(!cli)('a worker that starts', () => {
  test('removes what was left unfinished a day ago, and nothing younger', async () => {
    const product = await startProduct({ cli: cli!, workers: 0 });
    try {
      const day = join(product.dataDir, 'tables/meetings/profile=default/day=2026-10-31');
      const old = join(day, '.tmp-0011223344556677', 'table.parquet');
      const young = join(product.dataDir, '.build', '.tmp-8899aabbccddeeff');
      for (const path of [old, young]) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, 'half a table');
      }
      const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
      for (const path of [old, dirname(old)]) await utimes(path, twoDaysAgo, twoDaysAgo);
      await product.startWorker();
      await vi.waitFor(async () => expect(await readdir(day)).toEqual([]), { timeout: 30_000 });
      expect(await readdir(dirname(young))).toEqual(['.tmp-8899aabbccddeeff']);
    } finally {
      await product.stop();
    }
  });
});
