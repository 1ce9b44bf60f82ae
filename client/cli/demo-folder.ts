/** The folder of a demo, and the environment of what runs in it. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { plainEnvironment } from '../../model/plain-environment.ts';
import { CliError, EXIT } from './failures.ts';

/** Says that a folder may be emptied, and which process uses it. */
const MARKER = '.feishu-vc-demo';
/** What a demo writes; nothing else is ever removed. */
const CONTENTS = [
  'data',
  'grants',
  'temporal.db',
  'temporal.db-shm',
  'temporal.db-wal',
  'temporal.log',
  'sandbox.log',
  'login.log',
  'worker.log',
  'report.log',
  'report.html',
];

export interface DemoFolder {
  /** Absolute. */
  path: string;
  dataDir: string;
  dbFile: string;
  log(part: 'temporal' | 'sandbox' | 'login' | 'worker' | 'report'): string;
  /** Lets the next demo use it. */
  release(): Promise<void>;
}

/**
 * Makes the folder, or empties the one of an earlier demo.
 * @throws CliError when the folder holds something else, or another demo runs in it
 */
export async function prepareFolder(dir: string): Promise<DemoFolder> {
  const path = resolve(dir);
  await mkdir(path, { recursive: true });
  const marker = join(path, MARKER);
  const names = await readdir(path);
  if (names.includes(MARKER)) await refuseIfInUse(path, marker);
  else if (names.length > 0) {
    throw new CliError(
      {
        what: `${path} is not empty, and no demo made it.`,
        why: 'The demo empties its folder when it starts; this one is left alone.',
        next: 'Name another folder: feishu-vc demo --dir ./my-demo',
      },
      { exitCode: EXIT.usage },
    );
  }
  for (const name of CONTENTS) await rm(join(path, name), { recursive: true, force: true });
  await writeFile(marker, `${process.pid}\n`);
  return {
    path,
    dataDir: join(path, 'data'),
    dbFile: join(path, 'temporal.db'),
    log: (part) => join(path, `${part}.log`),
    release: () => writeFile(marker, ''),
  };
}

async function refuseIfInUse(path: string, marker: string): Promise<void> {
  const pid = Number(await readFile(marker, 'utf8'));
  if (pid === 0 || pid === process.pid || !isAlive(pid)) return;
  throw new CliError({
    what: `A demo runs in ${path} already.`,
    why: `Process ${pid} uses the folder.`,
    next: `Stop it, or name another folder with --dir. If process ${pid} is something else, delete ${marker}.`,
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The shell's environment without anything real; Temporal's config file counts as real too. */
export function demoEnvironment(env: NodeJS.ProcessEnv, folder: Pick<DemoFolder, 'path'>): Record<string, string> {
  return { ...plainEnvironment(env), TEMPORAL_CONFIG_FILE: join(folder.path, 'no-temporal-config.toml') };
}
