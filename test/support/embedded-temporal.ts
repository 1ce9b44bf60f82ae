/** A real Temporal server for one test file, in a folder of its own; found as the product finds it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevServer, type DevServer } from '../../client/embedded/dev-server.ts';
import { NoTemporalCliError } from '../../client/embedded/errors.ts';
import { findTemporalCli, type TemporalCli } from '../../client/embedded/temporal-cli.ts';

/** Undefined where the program cannot be had; the reason is printed, and the tests that need it are skipped. */
export async function temporalCli(): Promise<TemporalCli | undefined> {
  try {
    return await findTemporalCli();
  } catch (error) {
    if (!(error instanceof NoTemporalCliError)) throw error;
    console.warn(`skipped: ${error.message}`);
    return undefined;
  }
}

export interface TestServer extends DevServer {
  /** For the test's other files; removed with the server. */
  dir: string;
}

export async function startTestServer(cli: TemporalCli): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'feishu-vc-test-'));
  const server = await startDevServer({ cli, dbFile: join(dir, 'temporal.db'), ui: false });
  return {
    ...server,
    dir,
    close: async () => {
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
