import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BucketClient } from './bucket-client.ts';
import { ifPresent, StoreError } from './errors.ts';
import { DEFAULT_LOCK_WAIT_MS, processName, staleLock, takenLock, type NamedLockOptions } from './lock.ts';
import type { HeldLock, Version } from './store.ts';

const FIRST_POLL_MS = 20;
/** Each poll is a call that somebody is billed for. */
const LONGEST_POLL_MS = 1_000;

interface BucketLockOptions extends NamedLockOptions {
  bucket: BucketClient;
  /** Of the lock's object. */
  object: string;
}

/** The lock's object. Each write of it differs from the one before, so that its ETag does. */
interface Ticket {
  state: 'held' | 'released';
  /** Of one acquisition. */
  token: string;
  owner: string;
  beat: number;
}

interface SeenTicket {
  ticket: Ticket | null;
  version: Version;
}

/**
 * A lock between processes, by compare-and-swap on one object: whoever writes it over what was seen there, and nobody else,
 * has it. Its owner writes it anew now and then (heartbeat) and marks it released in the end. One that was seen not to change
 * for `staleAfterMs` is taken over: measured by the waiter's own stopwatch, so that no two clocks are compared.
 *
 * The object is never removed, so that a version that was seen once does not come back.
 */
export async function withBucketLock<T>(options: BucketLockOptions, fn: (lock: HeldLock) => Promise<T>): Promise<T> {
  const owner = await acquire(options);
  try {
    return await fn({ assertHeld: () => owner.assertHeld() });
  } finally {
    await owner.release();
  }
}

async function acquire(options: BucketLockOptions): Promise<Owner> {
  const deadlineMs = performance.now() + (options.waitMs ?? DEFAULT_LOCK_WAIT_MS);
  const watch = new OwnerWatch(options.staleAfterMs);
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
    options.signal?.throwIfAborted();
    const seen = await look(options);
    if (watch.isFree(seen)) {
      const owner = await Owner.take(options, seen.version);
      if (owner !== null) return owner;
    } else if (performance.now() >= deadlineMs) {
      throw takenLock(options.name, { owner: seen.ticket?.owner, path: options.bucket.address(options.object) });
    }
    await sleep(pollMs * (0.5 + Math.random()), undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** A ticket is some hundred bytes; what others write in its place may be more. */
const MOST_TICKET_BYTES = 1024 * 1024;

async function look({ bucket, object }: BucketLockOptions): Promise<SeenTicket> {
  const found = await ifPresent(() => bucket.readAll(object, MOST_TICKET_BYTES));
  return found === undefined
    ? { ticket: null, version: null }
    : { ticket: ticketOf(found.bytes.toString('utf8')), version: found.version };
}

/** Null for what is no ticket of this product: it is waited for like one that is held. */
function ticketOf(text: string): Ticket | null {
  try {
    const value: unknown = JSON.parse(text);
    return isTicket(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isTicket(value: unknown): value is Ticket {
  if (typeof value !== 'object' || value === null || !('state' in value) || !('token' in value)) return false;
  return (value.state === 'held' || value.state === 'released') && typeof value.token === 'string';
}

/** Watches the lock's object from one poll to the next. */
class OwnerWatch {
  readonly #staleAfterMs: number;
  #seen: Version = null;
  #seenAtMs = 0;

  constructor(staleAfterMs: number) {
    this.#staleAfterMs = staleAfterMs;
  }

  isFree({ ticket, version }: SeenTicket): boolean {
    if (version === null || ticket?.state === 'released') return true;
    const nowMs = performance.now();
    if (version !== this.#seen) {
      this.#seen = version;
      this.#seenAtMs = nowMs;
    }
    return nowMs - this.#seenAtMs > this.#staleAfterMs;
  }
}

/** This process while it has the lock. What it writes goes one after the other. */
class Owner {
  readonly #options: BucketLockOptions;
  readonly #ticket: Ticket;
  readonly #timer: NodeJS.Timeout;
  #version: string;
  #beating: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(options: BucketLockOptions, ticket: Ticket, version: string) {
    this.#options = options;
    this.#ticket = ticket;
    this.#version = version;
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => this.#write('held'));
    }, options.staleAfterMs / 6);
    this.#timer.unref();
  }

  /** Null where somebody else came first. */
  static async take(options: BucketLockOptions, over: Version): Promise<Owner | null> {
    const ticket: Ticket = { state: 'held', token: randomBytes(8).toString('hex'), owner: processName(), beat: 0 };
    try {
      const version = await options.bucket.put(options.object, bytesOf(ticket), { replacing: over });
      return new Owner(options, ticket, version);
    } catch (error) {
      if (error instanceof StoreError && error.code === 'busy') return null;
      throw error;
    }
  }

  async assertHeld(): Promise<void> {
    const { ticket } = await look(this.#options);
    if (ticket?.token === this.#ticket.token) return;
    const { name, object, bucket, staleAfterMs } = this.#options;
    throw staleLock(name, { owner: ticket?.owner, path: bucket.address(object), staleAfterMs });
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.#write('released');
  }

  /** A lock that cannot be written goes stale by itself, which `assertHeld` notices. */
  async #write(state: Ticket['state']): Promise<void> {
    if (this.#isOver) return;
    const { bucket, object } = this.#options;
    this.#ticket.state = state;
    this.#ticket.beat += 1;
    try {
      this.#version = await bucket.put(object, bytesOf(this.#ticket), { replacing: this.#version });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'busy') await this.#catchUp();
    }
  }

  /** Of an earlier write the answer may have been lost, and the object is this owner's still. */
  async #catchUp(): Promise<void> {
    try {
      const { ticket, version } = await look(this.#options);
      if (ticket?.token === this.#ticket.token && version !== null) this.#version = version;
      else this.#isOver = true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}

function bytesOf(ticket: Ticket): Buffer {
  return Buffer.from(`${JSON.stringify(ticket)}\n`);
}
