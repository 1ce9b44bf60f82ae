/** A new, empty store for each test of a file, and a clock whose dates the test sets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { FileStore } from '../../store/file-store.ts';

/** @param begin is given the store before each test; afterwards it is removed, and the clock is the machine's again */
export function ownStoreEach(begin: (store: FileStore) => void): void {
  let folder: string;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-day-'));
    begin(new FileStore(folder));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await rm(folder, { recursive: true, force: true });
  });
}
