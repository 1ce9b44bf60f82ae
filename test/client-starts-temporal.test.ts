/** The embedded server, where it dies while it starts. The program is a script before the real one. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChildDiedError } from '../client/embedded/children.ts';
import { startDevServer } from '../client/embedded/dev-server.ts';
import type { TemporalCli } from '../client/embedded/temporal-cli.ts';
import { temporalCli } from './support/embedded-temporal.ts';

const cli = await temporalCli();

describe.skipIf(!cli)('an embedded server that dies while it starts', () => {
  let dir: string;
  const starts = async () => (await readFile(join(dir, 'starts'), 'utf8')).split('\n').length - 1;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-starts-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** Ends with exit code 2 at its first starts, and leaves half a database. */
  async function dyingAt(first: number): Promise<TemporalCli> {
    const path = join(dir, 'temporal');
    const lines = [
      '#!/bin/sh',
      `echo start >> '${dir}/starts'`,
      `if [ "$(wc -l < '${dir}/starts')" -le ${first} ]; then echo half > '${dir}/temporal.db'; exit 2; fi`,
      `exec '${cli!.path}' "$@"`,
    ];
    await writeFile(path, `${lines.join('\n')}\n`);
    await chmod(path, 0o755);
    return { ...cli!, path };
  }

  test('is started once more, and takes work', async () => {
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    const server = await startDevServer({ cli: await dyingAt(1), dbFile: join(dir, 'temporal.db'), ui: false, say });
    try {
      const connection = await Connection.connect({ address: server.address });
      await connection.close();
      expect(await starts()).toBe(2);
      expect(said).toEqual(['the Temporal server ended with exit code 2 before it was ready; starting it once more']);
    } finally {
      await server.close();
    }
  });

  test('sees no secret of this shell', async () => {
    const path = join(dir, 'temporal');
    await writeFile(path, `#!/bin/sh\nenv > '${dir}/seen'\nexit 2\n`);
    await chmod(path, 0o755);
    const env = { ...process.env, FEISHU_APP_SECRET: 'sEcReT', AWS_SECRET_ACCESS_KEY: 'sEcReT' };
    const starting = startDevServer({ cli: { ...cli!, path }, dbFile: join(dir, 'temporal.db'), ui: false, env });
    await expect(starting).rejects.toThrow(ChildDiedError);
    const seen = await readFile(join(dir, 'seen'), 'utf8');
    expect(seen).toContain('PATH=');
    expect(seen).not.toContain('sEcReT');
  });

  test('is given up the second time, with how it ended', async () => {
    const starting = startDevServer({ cli: await dyingAt(9), dbFile: join(dir, 'temporal.db'), ui: false });
    await expect(starting).rejects.toThrow(ChildDiedError);
    await expect(starting).rejects.toThrow('the Temporal server ended with exit code 2');
    expect(await starts()).toBe(2);
  });
});
