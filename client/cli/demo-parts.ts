/** What a demo runs: a Temporal server, the sandbox, a worker. Started in order, stopped in the opposite one. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { fetch } from 'undici';
import { ChildDiedError, describeExit, startChild, type Child } from '../embedded/children.ts';
import { startDevServer, type DevServer } from '../embedded/dev-server.ts';
import type { DemoFolder } from './demo-folder.ts';
import { programPath } from './programs.ts';

/** High enough that a month takes a minute or two; the real limit is 100/60s. The sandbox enforces it as Feishu does. */
const RATE_LIMIT = '1200/60s';
const READY_TIMEOUT_MS = 60_000;

/** A month of a small company. */
const SANDBOX_FLAGS = Object.entries({
  port: '0',
  'meetings-per-day': '4',
  'participants-per-meeting': '4',
  'minutes-per-meeting': '20',
  'task-delay': '200-800',
  'rate-limit': RATE_LIMIT,
  // Something to be found in the report.
  scenario: 'planted',
}).flatMap(([flag, value]) => [`--${flag}`, value]);

interface PartOptions {
  folder: DemoFolder;
  env: Record<string, string>;
}

/** Keeps hold of every part, so that none outlives the demo, however it ends. */
export class DemoParts {
  readonly #stops: (() => Promise<void>)[] = [];
  #stopping = false;
  #fail: (error: Error) => void = () => {};
  /** Rejects when a part ends that nobody stopped; never resolves. */
  readonly broken: Promise<never>;

  constructor() {
    this.broken = new Promise((_resolve, reject) => (this.#fail = reject));
    // Whoever waits for it sees the rejection; nobody may be waiting yet.
    this.broken.catch(() => undefined);
  }

  /** A part that comes up after the demo was stopped is stopped at once. */
  async add(child: Child): Promise<void> {
    this.#stops.push(() => child.stop());
    void child.exited.then((exit) => {
      if (!this.#stopping) this.#fail(new ChildDiedError(child, `ended ${describeExit(exit)}`));
    });
    if (this.#stopping) await child.stop();
  }

  /** A part that ends by itself; resolves when it has done its work. */
  async addJob(child: Child): Promise<void> {
    this.#stops.push(() => child.stop());
    const exit = await child.exited;
    if (exit.code !== 0) throw new ChildDiedError(child, `ended ${describeExit(exit)}`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const stop of this.#stops.toReversed()) await stop();
  }
}

export async function startServer(
  parts: DemoParts,
  { folder, env, say }: PartOptions & { say: (line: string) => void },
): Promise<DevServer> {
  const server = await startDevServer({ dbFile: folder.dbFile, logFile: folder.log('temporal'), env, say });
  await parts.add(server.child);
  return server;
}

/** @returns the sandbox's URL */
export async function startSandbox(parts: DemoParts, { folder, env }: PartOptions): Promise<string> {
  const child = startChild({
    name: 'the sandbox',
    command: process.execPath,
    args: [await programPath('sandbox'), ...SANDBOX_FLAGS],
    env,
    cwd: folder.path,
    logFile: folder.log('sandbox'),
  });
  await parts.add(child);
  return child.waitForLine((line) => /http:\/\/\S+/.exec(line)?.[0], READY_TIMEOUT_MS);
}

/** The environment with the settings of the demo's worker. */
export function workerEnvironment(
  { folder, env }: PartOptions,
  { sandboxUrl, address, isUser }: { sandboxUrl: string; address: string; isUser: boolean },
): Record<string, string> {
  return {
    ...env,
    TEMPORAL_ADDRESS: address,
    FEISHU_BASE_URL: sandboxUrl,
    FEISHU_APP_ID: 'cli_sandbox',
    FEISHU_APP_SECRET: 'sandbox-secret',
    FEISHU_IDENTITY: isUser ? 'user' : 'app',
    FEISHU_GRANTS_URL: pathToFileURL(join(folder.path, 'grants')).href,
    FEISHU_RATE_LIMIT: RATE_LIMIT,
    DATA_URL: pathToFileURL(folder.dataDir).href,
  };
}

/** `env`: with the settings of the worker. */
export async function startWorker(parts: DemoParts, { folder, env }: PartOptions): Promise<void> {
  const child = startChild({
    name: 'the worker',
    command: process.execPath,
    args: ['--enable-source-maps', await programPath('worker')],
    env,
    cwd: folder.path,
    logFile: folder.log('worker'),
  });
  await parts.add(child);
  await child.waitForLine((line) => (line.includes('"worker ready"') ? true : undefined), READY_TIMEOUT_MS);
}

/** @returns the page's path */
export async function writeReport(parts: DemoParts, { folder, env }: PartOptions): Promise<string> {
  const path = join(folder.path, 'report.html');
  const args = ['--enable-source-maps', await programPath('report'), 'previous', '-o', path];
  const child = startChild({
    name: 'the report',
    command: process.execPath,
    args,
    env: { ...env, DATA_URL: pathToFileURL(folder.dataDir).href },
    cwd: folder.path,
    logFile: folder.log('report'),
  });
  await parts.addJob(child);
  return path;
}

const directory = z.object({ levels: z.array(z.object({ room_level_id: z.string(), parent_id: z.string() })) });

/** The level that holds all rooms of the sandbox's company. */
export async function topRoomLevel(sandboxUrl: string): Promise<string> {
  const answer = await fetch(`${sandboxUrl}/_sandbox/tenant/directory`);
  const { levels } = directory.parse(await answer.json());
  const top = levels.find((level) => level.parent_id === '0');
  if (!top) throw new Error('the sandbox has no top room level');
  return top.room_level_id;
}
