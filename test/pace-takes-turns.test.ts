import { describe, expect, it } from 'vitest';
import { LeaseLostError, Pacer, QueueFullError } from '../feishu/pacer.ts';
import type { AcquireOptions, Limit, PacerOptions, Permit } from '../feishu/pacer.ts';
import { seeded } from './support/seeded.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

/** A pacer with callers that answer after `latencyMs`, and a log of who went when. */
function setUp(setting: { limit?: Limit | null; latencyMs?: number } & Partial<PacerOptions> = {}) {
  const { limit = { calls: 10, windowMs: 1_000 }, latencyMs = 0, ...options } = setting;
  const clock = new SimulatedClock();
  const limitFor = (): Limit[] | null => (limit === null ? null : [limit]);
  const pacer = new Pacer({ limitFor, unansweredMs: 500, clock, ...options });
  const log: { who: string; atMs: number }[] = [];
  const failures = new Map<string, unknown>();
  const turns = new Map<string, Permit>();
  const ask = (who: string, o: Partial<AcquireOptions> & { bucket?: string } = {}): void => {
    const { bucket = 'b', ...rest } = o;
    pacer.acquire(bucket, { priority: 1, fairnessKey: 'k', ...rest }).then(
      (turn) => {
        log.push({ who, atMs: clock.nowMs() });
        turns.set(who, turn);
        if (latencyMs !== Infinity) clock.process(latencyMs, () => turn.answered());
      },
      (reason: unknown) => failures.set(who, reason),
    );
  };
  const many = (n: number, prefix: string, rest: Parameters<typeof ask>[1] = {}): void => {
    for (let i = 0; i < n; i += 1) ask(`${prefix}${i}`, rest);
  };
  return { clock, pacer, log, failures, turns, ask, many, order: () => log.map((entry) => entry.who) };
}

/** When 30 calls start. `isStruck`: the first is called unused again and again, long after its answer. */
async function startsOf({ isStruck }: { isStruck: boolean }): Promise<number[]> {
  const { clock, turns, many, log } = setUp({ limit: { calls: 10, windowMs: 10_000 }, latencyMs: 10 });
  many(30, 'c');
  for (const untilMs of [12_500, 14_500, 30_000]) {
    await clock.run({ untilMs });
    if (isStruck) turns.get('c0')?.unused();
  }
  return log.map(({ atMs }) => atMs);
}

describe('the pacer gives turns', () => {
  it('gives the whole quota of an idle bucket away at once, then one at a time', async () => {
    const { clock, log, many } = setUp();
    many(30, 'c');
    await clock.run({ untilMs: 3_000 });
    const times = log.map((entry) => entry.atMs);
    expect(times.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0));
    const gaps = times.slice(11).map((atMs, i) => atMs - (times[i + 10] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(70);
  });

  it('lets a more urgent caller have the next turn', async () => {
    const { clock, ask, many, log, order } = setUp();
    many(40, 'backfill');
    await clock.run({ untilMs: 1_450 });
    const before = order().length;
    ask('urgent', { priority: 0 });
    await clock.run({ untilMs: 3_000 });
    expect(order()[before]).toBe('urgent');
    expect(log[before]?.atMs).toBeLessThan(1_450 + 101);
  });

  it('has a turn for an urgent caller at any moment, the first window of a patient crowd included', async () => {
    const { clock, ask, many, log } = setUp({
      limit: { calls: 100, windowMs: 60_000 },
      latencyMs: 300,
      maxWaiting: 2_000,
    });
    many(1_500, 'backfill', { priority: 5, patient: true });
    const askedAtMs = [1_000, 5_000, 20_000, 40_000, 59_000, 61_000, 100_000, 300_000];
    for (const atMs of askedAtMs) {
      await clock.run({ untilMs: atMs });
      ask(`urgent at ${atMs}`, { priority: 1 });
    }
    await clock.run({ untilMs: 600_000 });
    const waitsMs = log
      .filter(({ who }) => who.startsWith('urgent'))
      .map(({ who, atMs }) => atMs - Number(who.slice('urgent at '.length)));
    expect(waitsMs).toHaveLength(askedAtMs.length);
    expect(Math.max(...waitsMs)).toBeLessThanOrEqual(610);
  });

  it('lets a patient crowd use the whole quota once its first window is over', async () => {
    const { clock, many, log } = setUp({ limit: { calls: 100, windowMs: 60_000 }, maxWaiting: 2_000 });
    many(1_500, 'backfill', { priority: 5, patient: true });
    await clock.run({ untilMs: 660_000 });
    expect(log.filter(({ atMs }) => atMs < 60_000).length).toBeGreaterThanOrEqual(98);
    expect(log.filter(({ atMs }) => atMs >= 60_000).length).toBeGreaterThanOrEqual(990);
  });

  it('keeps the quota in use through short stalls of the process', async () => {
    const limit = { calls: 100, windowMs: 6_000 };
    const { clock, pacer } = setUp({ limit });
    const random = seeded(7);
    const startedMs: number[] = [];
    const ask = (): void =>
      void pacer.acquire('b', { priority: 5, fairnessKey: 'backfill', patient: true }).then((turn) => {
        startedMs.push(clock.nowMs());
        clock.process(15, () => turn.answered());
        ask();
      });
    for (let i = 0; i < 60; i += 1) ask();
    for (let atMs = 6_000; atMs < 240_000; atMs += 6_000 * (0.5 + random())) clock.world(atMs, () => clock.stall(300));
    await clock.run({ untilMs: 240_000 });
    const used = startedMs.filter((atMs) => atMs >= 12_000).length / (limit.calls * (228_000 / limit.windowMs));
    expect(used).toBeGreaterThan(0.99);
  });

  it('serves callers of equal priority in turns, however many each has waiting', async () => {
    const { clock, many, order } = setUp({ limit: { calls: 1, windowMs: 100 } });
    many(1, 'first');
    many(20, 'a', { fairnessKey: 'a' });
    many(3, 'b', { fairnessKey: 'b' });
    await clock.run({ untilMs: 650 });
    expect(order()).toEqual(['first0', 'a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  });

  it('does not let a full bucket delay another one', async () => {
    const { clock, many, ask, log } = setUp({ latencyMs: Infinity });
    many(60, 'full', { bucket: 'full' });
    await clock.run({ untilMs: 5_000 });
    ask('other', { bucket: 'other' });
    await clock.run({ untilMs: 5_001 });
    expect(log.at(-1)).toEqual({ who: 'other', atMs: 5_000 });
    expect(log).toHaveLength(11);
  });

  it('refuses a caller when the queue is full, with the time after which its turn may come', async () => {
    const { clock, many, failures } = setUp({ maxWaiting: 5 });
    many(16, 'c');
    await clock.run({ untilMs: 0 });
    const failure = failures.get('c15');
    const retryAfterMs = failure instanceof QueueFullError ? failure.retryAfterMs : undefined;
    expect(retryAfterMs).toBeGreaterThanOrEqual(600);
    expect(retryAfterMs).toBeLessThanOrEqual(1_200);
    expect([...failures.keys()]).toEqual(['c15']);
  });

  it('lets a more urgent caller take the place in a full queue of the one that would be served last', async () => {
    const { clock, many, ask, failures, order } = setUp({ maxWaiting: 5 });
    many(15, 'c');
    ask('urgent', { priority: 0 });
    await clock.run({ untilMs: 2_000 });
    expect([...failures.keys()]).toEqual(['c14']);
    expect(failures.get('c14')).toBeInstanceOf(QueueFullError);
    expect(order()[10]).toBe('urgent');
  });

  it('lets a caller into a queue that another key has filled', async () => {
    const { clock, many, failures, order } = setUp({ maxWaiting: 5 });
    many(15, 'a', { fairnessKey: 'a' });
    many(1, 'b', { fairnessKey: 'b' });
    await clock.run({ untilMs: 2_000 });
    expect([...failures.keys()]).toEqual(['a14']);
    expect(order().indexOf('b0')).toBeLessThanOrEqual(11);
  });

  it('forgets a caller that gave up, and tells it its own reason', async () => {
    const { clock, many, ask, failures, order } = setUp({ limit: { calls: 1, windowMs: 100 } });
    const controller = new AbortController();
    const reason = new Error('the user went away');
    many(1, 'first');
    ask('gone', { signal: controller.signal });
    ask('next');
    await clock.run({ untilMs: 10 });
    controller.abort(reason);
    ask('late', { signal: controller.signal });
    await clock.run({ untilMs: 1_000 });
    expect(order()).toEqual(['first0', 'next']);
    expect(failures.get('gone')).toBe(reason);
    expect(failures.get('late')).toBe(reason);
  });

  it('starts nothing in a bucket that the API pushed back, and anything in others', async () => {
    const { clock, pacer, many, log } = setUp();
    pacer.pushBack('b', 700);
    many(2, 'held');
    many(1, 'other', { bucket: 'other' });
    await clock.run({ untilMs: 2_000 });
    expect(log[0]).toEqual({ who: 'other0', atMs: 0 });
    expect(log[1]).toEqual({ who: 'held0', atMs: 700 });
  });

  it('puts no limit on a bucket without one', async () => {
    const { clock, many, log } = setUp({ limit: null, latencyMs: Infinity });
    many(500, 'c');
    await clock.run({ untilMs: 0 });
    expect(log).toHaveLength(500);
  });

  it('starts nothing while pushed back in a bucket without a limit either, however often that happens', async () => {
    const { clock, pacer, many, log } = setUp({ limit: null });
    for (const atMs of [0, 1_000]) {
      await clock.run({ untilMs: atMs });
      pacer.pushBack('b', 700);
      many(3, `from ${atMs} `);
      await clock.run({ untilMs: atMs + 900 });
    }
    expect(log.map(({ atMs }) => atMs)).toEqual([700, 700, 700, 1_700, 1_700, 1_700]);
  });

  it('holds the place of an unanswered call for its timeout and a window, and frees that of an unused turn', async () => {
    const { clock, ask, turns, log } = setUp({ limit: { calls: 1, windowMs: 1_000 }, latencyMs: Infinity });
    ask('unused');
    await clock.run({ untilMs: 100 });
    ask('unanswered');
    turns.get('unused')?.unused();
    await clock.run({ untilMs: 150 });
    expect(log.at(-1)).toEqual({ who: 'unanswered', atMs: 100 });
    turns.get('unanswered')?.unanswered();
    turns.get('unanswered')?.answered();
    ask('next');
    await clock.run({ untilMs: 5_000 });
    expect(log.at(-1)).toEqual({ who: 'next', atMs: 100 + 500 + 1_000 });
  });

  it('keeps its spacing whatever is said of a call after its end', async () => {
    expect(await startsOf({ isStruck: true })).toEqual(await startsOf({ isStruck: false }));
  });

  it('leaves callers waiting while the permit is refused, and goes on when woken', async () => {
    let allowed = 3;
    const { clock, pacer, many, log } = setUp({ permit: () => allowed-- > 0 });
    many(6, 'c');
    await clock.run({ untilMs: 50 });
    expect(log).toHaveLength(3);
    allowed = 3;
    pacer.wake();
    await clock.run({ untilMs: 51 });
    expect(log.map((entry) => entry.atMs)).toEqual([0, 0, 0, 50, 50, 50]);
  });

  it('rejects everybody once it is closed', async () => {
    const { clock, pacer, many, failures, log } = setUp();
    many(12, 'c');
    await clock.run({ untilMs: 1 });
    pacer.close();
    many(1, 'later');
    await clock.run({ untilMs: 3_000 });
    expect(log).toHaveLength(10);
    expect([...failures.keys()]).toEqual(['c10', 'c11', 'later0']);
    expect(failures.get('c10')).toBeInstanceOf(LeaseLostError);
  });

  it('tells how full a bucket is', async () => {
    const { clock, pacer, many } = setUp();
    many(14, 'c');
    await clock.run({ untilMs: 400 });
    expect(pacer.load('b')).toEqual({
      waiting: 4,
      inUse: 10,
      limit: { calls: 10, windowMs: 1_000 },
      free: 0,
      nextFreeMs: 600,
      grantedLastWindow: 10,
    });
  });
});

describe('the state for a successor', () => {
  it('holds the places of the calls made, as if no time had passed', async () => {
    const before = setUp();
    before.many(4, 'c');
    await before.clock.run({ untilMs: 300 });
    before.many(6, 'd');
    await before.clock.run({ untilMs: 400 });
    const state: unknown = JSON.parse(JSON.stringify(before.pacer.snapshot()));
    expect(state).toEqual({ buckets: { b: { answeredMsAgo: [400, 400, 400, 400, 100, 100, 100, 100, 100, 100] } } });

    const after = setUp();
    after.pacer.restore(before.pacer.snapshot());
    after.many(10, 'e');
    await after.clock.run({ untilMs: 599 });
    expect(after.log).toHaveLength(0);
    await after.clock.run({ untilMs: 899 });
    expect(after.log).toHaveLength(4);
  });

  it('takes a call under way for one that is answered when it times out', async () => {
    const before = setUp({ latencyMs: Infinity });
    before.many(10, 'c');
    await before.clock.run({ untilMs: 200 });
    const after = setUp();
    after.pacer.restore(before.pacer.snapshot());
    after.many(1, 'd');
    await after.clock.run({ untilMs: 5_000 });
    expect(after.log).toEqual([{ who: 'd0', atMs: 300 + 1_000 }]);
  });

  it('holds a place for each call that may follow the snapshot', async () => {
    const before = setUp();
    before.many(2, 'c');
    await before.clock.run({ untilMs: 400 });
    const state = before.pacer.snapshot({ reserve: new Map([['b', 3]]) });
    expect(state.buckets['b']?.answeredMsAgo).toEqual([400, 400, -500, -500, -500]);
    const after = setUp();
    after.pacer.restore(state);
    after.many(10, 'd');
    await after.clock.run({ untilMs: 599 });
    expect(after.log).toHaveLength(5);
    await after.clock.run({ untilMs: 999 });
    expect(after.log).toHaveLength(7);
  });

  it('carries a push-back and a used-up quota', () => {
    const before = setUp();
    const untilEpochMs = Date.now() + 86_400_000;
    before.pacer.pushBack('b', 1_500);
    before.pacer.cap('app', untilEpochMs);
    before.pacer.cap('old', 1);
    const state = before.pacer.snapshot();
    expect(state).toEqual({ buckets: { b: { answeredMsAgo: [], pushBackMs: 1_500 } }, capped: { app: untilEpochMs } });
    const after = setUp();
    after.pacer.restore(state);
    expect(after.pacer.load('b').nextFreeMs).toBe(1_500);
    expect(after.pacer.cappedUntil('app')).toBe(untilEpochMs);
    expect(after.pacer.cappedUntil('old')).toBeUndefined();
  });

  it('forgets a bucket that holds nothing any more', async () => {
    const { clock, pacer, many } = setUp();
    many(3, 'c');
    await clock.run({ untilMs: 500 });
    pacer.snapshot();
    expect(pacer.buckets()).toEqual(['b']);
    await clock.run({ untilMs: 1_100 });
    pacer.snapshot();
    expect(pacer.buckets()).toEqual([]);
  });
});
