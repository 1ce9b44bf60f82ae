/** What is downloaded is bounded before it is checked. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { downloadArchive } from '../client/embedded/download.ts';

test('an archive of more bytes than are taken is given up before it is on the disk', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'feishu-vc-archive-'));
  const server = createServer((_request, response) => response.end(Buffer.alloc(1_000_000))).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const download = downloadArchive({ url, dir, env: {}, executable: 'temporal', bytesAtMost: 200_000 });
    await expect(download).rejects.toThrow(`GET ${url}: more than 200000 bytes`);
    expect((await stat(join(dir, 'archive'))).size).toBeLessThanOrEqual(200_000);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
});
