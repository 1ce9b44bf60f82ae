import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, fileOperation, StoreError, toStoreError } from './errors.ts';
import type { HeldLock, WithLockOptions } from './store.ts';

const RELEASED = 'released\n';
const OWNER_PREFIX = 'process ';
export const DEFAULT_LOCK_WAIT_MS = 120_000;
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 500;

export interface NamedLockOptions extends WithLockOptions {
  /** For messages. */
  name: string;
  staleAfterMs: number;
}

interface LockOptions extends NamedLockOptions {
  /** A folder that exists and holds nothing but this lock. */
  folder: string;
}

interface Ticket {
  number: number;
  handle: FileHandle;
}

/**
 * A lock between processes, by numbered tickets: files 1, 2, 3, … in the lock's folder, created with O_EXCL. The highest
 * ticket is the lock. Its owner rewrites it now and then (heartbeat) and marks it released in the end; whoever finds it
 * released or without a heartbeat for `staleAfterMs` may try to create the next number.
 *
 * Nothing is ever removed to free the lock, so there is no moment in which two processes that found the same dead owner
 * can both succeed, or one removes the other's fresh lock: O_EXCL lets one of them create the next number. The highest
 * ticket stays, so numbers only grow; one who comes late, with a number that was already used up, sees a higher one.
 */
export async function withFileLock<T>(options: LockOptions, fn: (lock: HeldLock) => Promise<T>): Promise<T> {
  const ticket = await acquire(options);
  const heartbeat = startHeartbeat(options, ticket);
  try {
    return await fn({ assertHeld: () => assertHighest(options, ticket) });
  } finally {
    await heartbeat.stop();
    await release(ticket);
  }
}

async function acquire(options: LockOptions): Promise<Ticket> {
  const deadlineMs = performance.now() + (options.waitMs ?? DEFAULT_LOCK_WAIT_MS);
  const watch = new OwnerWatch(options);
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
    options.signal?.throwIfAborted();
    const highest = await highestTicket(options.folder);
    if (highest === 0 || (await watch.isFree(highest))) {
      const ticket = await tryCreate(options, highest + 1);
      if (ticket !== null) return ticket;
    } else if (performance.now() >= deadlineMs) {
      throw takenLock(options.name, { owner: await ownerOf(options.folder, highest), path: options.folder });
    }
    await sleep(pollMs * (0.5 + Math.random()), undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** Creates ticket `number`; null where somebody else has it or a higher one. */
async function tryCreate(options: LockOptions, number: number): Promise<Ticket | null> {
  const path = join(options.folder, String(number));
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx', 0o600);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return null;
    throw toStoreError(error, { action: 'lock', path });
  }
  const ticket = { number, handle };
  try {
    await fileOperation('lock', path, () => handle.writeFile(ownerText()));
    if ((await highestTicket(options.folder)) === number) {
      await removeTicketsBelow(options.folder, number);
      return ticket;
    }
  } catch (error) {
    await release(ticket);
    throw error;
  }
  await handle.close();
  await rm(path, { force: true });
  return null;
}

async function release(ticket: Ticket): Promise<void> {
  try {
    // Overwritten, then cut: on a full disk this needs no new block, and no reader takes the half-done state for free.
    await ticket.handle.write(RELEASED, 0);
    await ticket.handle.truncate(RELEASED.length);
  } catch (error) {
    // A lock that cannot be given back goes stale by itself. What `fn` did or threw counts more.
    if (errnoOf(error) === undefined) throw error;
  } finally {
    await ticket.handle.close();
  }
}

async function assertHighest(options: LockOptions, { number }: Ticket): Promise<void> {
  const highest = await highestTicket(options.folder);
  if (highest === number) return;
  const { folder: path, name, staleAfterMs } = options;
  throw staleLock(name, { owner: await ownerOf(path, highest), path, staleAfterMs });
}

function startHeartbeat(options: LockOptions, ticket: Ticket): { stop(): Promise<void> } {
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beating.then(() => beat(ticket));
  }, options.staleAfterMs / 6);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await beating;
    },
  };
}

async function beat({ handle }: Ticket): Promise<void> {
  try {
    // Writing, unlike utimes, takes the time of the file's own server where the disk is a network mount.
    await handle.write(OWNER_PREFIX, 0);
  } catch (error) {
    // A heartbeat that cannot be written lets the lock go stale, which `assertHeld` notices. Bugs still come out.
    if (errnoOf(error) === undefined) throw error;
  }
}

/** Watches the owner of the highest ticket from one poll to the next. */
class OwnerWatch {
  readonly #options: LockOptions;
  #seen = '';
  #seenAtMs = 0;

  constructor(options: LockOptions) {
    this.#options = options;
  }

  /**
   * Released, or without a heartbeat for `staleAfterMs`. Age by the clock is not enough: after the machine slept, every
   * heartbeat is old. So it must also have stood still for a third of that while this process was looking.
   */
  async isFree(number: number): Promise<boolean> {
    const path = join(this.#options.folder, String(number));
    try {
      const { mtimeMs, size } = await stat(path);
      if (size === RELEASED.length && (await readFile(path, 'utf8')) === RELEASED) return true;
      const nowMs = performance.now();
      const sign = `${number}/${mtimeMs}`;
      if (sign !== this.#seen) {
        this.#seen = sign;
        this.#seenAtMs = nowMs;
      }
      const stoodStillMs = nowMs - this.#seenAtMs;
      // Clocks of machines that share the disk differ: standing still for the whole time is proof by itself.
      if (stoodStillMs > this.#options.staleAfterMs) return true;
      return stoodStillMs > this.#options.staleAfterMs / 3 && Date.now() - mtimeMs > this.#options.staleAfterMs;
    } catch (error) {
      // It was cleared away by the owner of a higher ticket.
      if (errnoOf(error) === 'ENOENT') return false;
      throw toStoreError(error, { action: 'lock', path });
    }
  }
}

/** Number of the highest ticket, 0 without any. */
async function highestTicket(folder: string): Promise<number> {
  const names = await fileOperation('lock', folder, () => readdir(folder));
  return names.reduce((highest, name) => Math.max(highest, /^[1-9][0-9]*$/.test(name) ? Number(name) : 0), 0);
}

/** Whether the lock's last owner gave it back, so that the folder may go. */
export async function isReleased(folder: string): Promise<boolean> {
  const highest = await highestTicket(folder);
  if (highest === 0) return true;
  return (await fileOperation('read', folder, () => readFile(join(folder, String(highest)), 'utf8'))) === RELEASED;
}

async function removeTicketsBelow(folder: string, number: number): Promise<void> {
  for (const name of await fileOperation('lock', folder, () => readdir(folder))) {
    if (Number(name) < number) await fileOperation('unlock', folder, () => rm(join(folder, name), { force: true }));
  }
}

async function ownerOf(folder: string, number: number): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, String(number)), 'utf8')).trim() || undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function ownerText(): string {
  return `${processName()} (${randomBytes(4).toString('hex')})\n`;
}

/** What the message of a waiter calls the owner. */
export function processName(): string {
  return `${OWNER_PREFIX}${process.pid} on ${hostname()}`;
}

/** Anything else that stands in a lock may have been written by anybody. */
const OWNER = /^process \d{1,10} on [\w.-]{1,253}(?: \([0-9a-f]{8}\))?$/;

function named(owner: unknown): string {
  return typeof owner === 'string' && OWNER.test(owner) ? owner : 'another process';
}

/** For one who has waited for long enough. `owner`: as it was read. */
export function takenLock(name: string, { owner, path }: { owner: unknown; path: string }): StoreError {
  return new StoreError('busy', `Lock ${name} is held by ${named(owner)}; try again later.`, { path });
}

/** For an owner that has lost the lock. `owner`: as it was read. */
export function staleLock(
  name: string,
  { owner, path, staleAfterMs }: { owner: unknown; path: string; staleAfterMs: number },
): StoreError {
  const message =
    `Lock ${name} was taken over by ${named(owner)}, ` +
    `because this process gave no sign of life for ${staleAfterMs} ms; run it again.`;
  return new StoreError('busy', message, { path });
}
