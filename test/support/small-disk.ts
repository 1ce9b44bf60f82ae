/** A real disk of a few MiB that a test fills and frees. It goes away with the process that made it, however that ends. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, statfs, truncate, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errnoOf } from '../../store/errors.ts';

export interface SmallDisk {
  path: string;
  /** Fills the disk up to its last byte but so many, whatever lies on it by now. */
  fill(leaveBytes?: number): Promise<void>;
  /** Gives back all that `fill` took. */
  free(): Promise<void>;
  /** Mounts it anew, for reading only or for writing too. */
  remount(how: 'ro' | 'rw'): Promise<void>;
  close(): Promise<void>;
}

/** Docker gives a container 64 MiB there. */
const SHARED_MEMORY = '/dev/shm';
const SMALL_ENOUGH_BYTES = 1024 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** @throws Error that names every way that was tried */
export async function startSmallDisk(bytes: number): Promise<SmallDisk> {
  const refusals: string[] = [];
  // Not on this machine's own mount points: nobody else sees it, and nothing is left behind.
  for (const options of ['-Urm', '-m']) {
    const disk = await inNamespace(options, bytes).catch((error: unknown) => void refusals.push(String(error)));
    if (disk) return disk;
  }
  const { blocks, bsize } = await statfs(SHARED_MEMORY).catch(() => ({ blocks: Infinity, bsize: 1 }));
  if (blocks * bsize <= SMALL_ENOUGH_BYTES) {
    const path = await mkdtemp(join(SHARED_MEMORY, 'small-disk-'));
    const cannot = () => Promise.reject(new Error(`${SHARED_MEMORY} cannot be mounted anew`));
    return diskAt(path, { remount: cannot, close: () => rm(path, { recursive: true, force: true }) });
  }
  throw new Error(`no small disk can be had here: ${refusals.join('; ')}; ${SHARED_MEMORY} is too large to fill`);
}

/** A tmpfs in a mount namespace that a child keeps open: seen from here under the child's root. */
async function inNamespace(options: string, bytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'));
  const script = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && echo mounted && exec cat';
  const keeper = spawn('unshare', [options, 'sh', '-c', script, 'sh', String(bytes), folder]);
  const gone = once(keeper, 'close');
  try {
    await mounted(keeper);
  } catch (error) {
    keeper.kill();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return diskAt(`/proc/${keeper.pid}/root${folder}`, {
    remount: async (how) => {
      const inside = ['--target', String(keeper.pid), '--mount', ...(options.includes('U') ? ['--user'] : [])];
      await untilNotBusy(() => promisify(execFile)('nsenter', [...inside, 'mount', '-o', `remount,${how}`, folder]));
    },
    close: async () => {
      keeper.stdin?.end();
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  });
}

/** A disk is not remounted read-only while a file on it is open for writing: this waits for such a moment. */
async function untilNotBusy(remount: () => Promise<unknown>): Promise<void> {
  for (let left = 500; ; left -= 1) {
    try {
      await remount();
      return;
    } catch (error) {
      if (left === 0 || !String(error).includes('busy')) throw error;
      await sleep(20);
    }
  }
}

function mounted(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    keeper.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    keeper.once('error', reject);
    keeper.once('close', () => reject(new Error(`${keeper.spawnargs.slice(0, 2).join(' ')}: ${said.trim()}`)));
    createInterface({ input: keeper.stdout! }).once('line', () => resolve());
  });
}

function diskAt(path: string, { remount, close }: Pick<SmallDisk, 'remount' | 'close'>): SmallDisk {
  const ballast = join(path, '.ballast');
  return {
    path,
    fill: async (leaveBytes = 0) => {
      const handle = await open(ballast, 'a');
      try {
        const size = await writeUntilFull(handle);
        await truncate(ballast, Math.max(0, size - leaveBytes));
      } finally {
        await handle.close();
      }
    },
    free: () => rm(ballast, { force: true }),
    remount,
    close,
  };
}

async function writeUntilFull(handle: FileHandle): Promise<number> {
  const chunk = Buffer.alloc(CHUNK_BYTES, 'x');
  for (;;) {
    try {
      await handle.writeFile(chunk);
    } catch (error) {
      if (errnoOf(error) !== 'ENOSPC') throw error;
      return (await handle.stat()).size;
    }
  }
}
