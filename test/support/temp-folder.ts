import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new, empty folder, which is removed when the test is over. To be called by the test or its `beforeEach`. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-test-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}
