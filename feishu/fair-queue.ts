/** One caller waiting for its turn. `round` and `seq` are set by the queue. */
export interface Waiter {
  /** Lower goes first. */
  priority: number;
  /** Callers of equal priority take turns by this key. */
  fairnessKey: string;
  /** Leaves the last free places to others for a while. */
  patient: boolean;
  reference: string | undefined;
  grant: () => void;
  reject: (reason: unknown) => void;
  round: number;
  seq: number;
  /** Position in the heap, -1 once out of it. */
  at: number;
}

interface KeyState {
  lastRound: number;
  waiting: number;
}
interface Level {
  /** Round of the waiter served last at this priority. */
  round: number;
  keys: Map<string, KeyState>;
}

/**
 * Waiters in the order in which they are served: by priority, then round-robin over the fairness keys, then first come
 * first served. Each waiter of a key belongs to a later round than the one before it, so a key that asks for much
 * cannot delay one that asks for little by more than a round. Every operation but `last` is O(log n).
 */
export class FairQueue {
  readonly #heap: Waiter[] = [];
  readonly #levels = new Map<number, Level>();
  #seq = 0;

  get size(): number {
    return this.#heap.length;
  }

  first(): Waiter | undefined {
    return this.#heap[0];
  }

  /** The waiter that would be served last. Scans: asked only when the queue is full. */
  last(): Waiter | undefined {
    let worst: Waiter | undefined;
    for (const waiter of this.#heap) if (worst === undefined || isBefore(worst, waiter)) worst = waiter;
    return worst;
  }

  /** Of those that are served first or early: a heap is in order only from parent to child. */
  references(atMost: number): string[] {
    return this.#heap.slice(0, atMost).flatMap(({ reference }) => reference ?? []);
  }

  /** Would a new waiter be served before `other`? */
  wouldPrecede(candidate: { priority: number; fairnessKey: string }, other: Waiter): boolean {
    if (candidate.priority !== other.priority) return candidate.priority < other.priority;
    return this.#nextRound(candidate) < other.round;
  }

  push(o: Pick<Waiter, 'priority' | 'fairnessKey' | 'patient' | 'reference' | 'grant' | 'reject'>): Waiter {
    const round = this.#nextRound(o);
    let level = this.#levels.get(o.priority);
    if (level === undefined) this.#levels.set(o.priority, (level = { round: 0, keys: new Map() }));
    const key = level.keys.get(o.fairnessKey);
    if (key === undefined) level.keys.set(o.fairnessKey, { lastRound: round, waiting: 1 });
    else {
      key.lastRound = round;
      key.waiting += 1;
    }
    const waiter: Waiter = { ...o, round, seq: this.#seq++, at: this.#heap.length };
    this.#heap.push(waiter);
    this.#up(waiter);
    return waiter;
  }

  /** Takes out the waiter whose turn it is. */
  shift(): Waiter | undefined {
    const waiter = this.#heap[0];
    if (waiter === undefined) return undefined;
    const level = this.#levels.get(waiter.priority);
    if (level !== undefined) level.round = waiter.round;
    this.remove(waiter);
    return waiter;
  }

  /** Takes out a waiter that gave up; no effect when it is out already. */
  remove(waiter: Waiter): void {
    if (waiter.at < 0) return;
    const moved = this.#heap.pop();
    if (moved !== undefined && moved !== waiter) {
      moved.at = waiter.at;
      this.#heap[moved.at] = moved;
      this.#up(moved);
      this.#down(moved);
    }
    waiter.at = -1;
    this.#forget(waiter);
  }

  #nextRound(o: { priority: number; fairnessKey: string }): number {
    const level = this.#levels.get(o.priority);
    if (level === undefined) return 1;
    return Math.max(level.round, level.keys.get(o.fairnessKey)?.lastRound ?? 0) + 1;
  }

  /** A key without waiters goes: what would be left of it is its round, and one that comes anew begins at the level's. */
  #forget(waiter: Waiter): void {
    const level = this.#levels.get(waiter.priority);
    const key = level?.keys.get(waiter.fairnessKey);
    if (level === undefined || key === undefined) return;
    key.waiting -= 1;
    if (key.waiting === 0) level.keys.delete(waiter.fairnessKey);
    if (level.keys.size === 0) this.#levels.delete(waiter.priority);
  }

  #up(waiter: Waiter): void {
    while (waiter.at > 0) {
      const parent = this.#heap[(waiter.at - 1) >> 1];
      if (parent === undefined || !isBefore(waiter, parent)) return;
      this.#swap(waiter, parent);
    }
  }

  #down(waiter: Waiter): void {
    for (;;) {
      const left = this.#heap[2 * waiter.at + 1];
      const right = this.#heap[2 * waiter.at + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, waiter)) return;
      this.#swap(waiter, child);
    }
  }

  #swap(a: Waiter, b: Waiter): void {
    const at = a.at;
    this.#heap[b.at] = a;
    this.#heap[at] = b;
    a.at = b.at;
    b.at = at;
  }
}

function isBefore(a: Waiter, b: Waiter): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  return a.round === b.round ? a.seq < b.seq : a.round < b.round;
}
