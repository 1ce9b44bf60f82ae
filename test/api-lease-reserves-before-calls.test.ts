import { describe, expect, it } from 'vitest';
import { Pacer } from '../feishu/pacer.ts';
import type { PacerState } from '../feishu/pacer.ts';
import type { LeaseRecord } from '../worker/api-lease/lease-record.ts';
import { LeaseHeartbeats } from '../worker/api-lease/lease-heartbeats.ts';
import type { HeartbeatAnswer } from '../worker/api-lease/lease-heartbeats.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

/** LeaseHeartbeats whose outcome the test decides, one by one. */
function setUp(setting: { wallMs?: () => number } = {}) {
  const clock = new SimulatedClock();
  const sent: {
    record: LeaseRecord;
    atMs: number;
    deadlineMs: number;
    answer: (a: HeartbeatAnswer) => void;
    fail: () => void;
  }[] = [];
  const pacer: Pacer = new Pacer({
    limitFor: (bucket) => {
      if (bucket === 'off') return null;
      return [bucket === 'short' ? { calls: 50, windowMs: 1_000 } : { calls: 100, windowMs: 60_000 }];
    },
    unansweredMs: 10_000,
    clock,
    permit: (bucket) => beats.permit(bucket),
    onPushBack: () => beats.request(),
  });
  const beats = new LeaseHeartbeats({
    pacer,
    send: (record, { deadlineMs }) =>
      new Promise((resolve, reject) => {
        sent.push({
          record,
          atMs: clock.nowMs(),
          deadlineMs,
          answer: resolve,
          fail: () => reject(new Error('no answer')),
        });
      }),
    leaseMs: 5_000,
    beatEveryMs: 1_000,
    idleBeatEveryMs: 4_000,
    clock,
    wallMs: setting.wallMs ?? (() => clock.nowMs()),
    onError: () => undefined,
  });
  let granted = 0;
  const ask = (n: number, bucket = 'b'): void => {
    for (let i = 0; i < n; i += 1) {
      void pacer.acquire(bucket, { priority: 1, fairnessKey: 'k' }).then((turn) => {
        granted += 1;
        turn.answered();
      });
    }
  };
  const run = (untilMs: number): Promise<void> => clock.run({ untilMs });
  const last = () => {
    const beat = sent.at(-1);
    if (beat === undefined) throw new Error('no beat was sent');
    return beat;
  };
  /** Stores every beat at once until then. */
  const keepBeating = async (untilMs: number): Promise<void> => {
    while (clock.nowMs() < untilMs) {
      last().answer('kept');
      await run(Math.min(untilMs, clock.nowMs() + 50));
    }
  };
  /** One call, then time until a record without a reserve is on its way; the stored one still has some. */
  const idleBeat = async (): Promise<void> => {
    await run(0);
    ask(1);
    await keepBeating(500);
    for (;;) {
      const before = sent.length;
      while (sent.length === before) await run(clock.nowMs() + 10);
      if (calls(last().record) === 1) return;
      last().answer('kept');
    }
  };
  beats.start();
  return { clock, pacer, beats, sent, ask, run, last, keepBeating, idleBeat, granted: () => granted };
}

const calls = (record: PacerState): number => record.buckets['b']?.answeredMsAgo.length ?? 0;

describe('the holder of the lease', () => {
  it('makes no call before its first record is stored', async () => {
    const { ask, run, last, granted } = setUp();
    ask(1);
    await run(900);
    expect(granted()).toBe(0);
    last().answer('kept');
    await run(950);
    expect(granted()).toBe(1);
  });

  it('puts more calls on record than it makes before the next record', async () => {
    const { ask, run, last, granted, sent, keepBeating } = setUp();
    await run(0);
    await keepBeating(500);
    ask(30);
    await run(600);
    expect(granted()).toBe(0);
    expect(calls(last().record)).toBe(30);
    last().answer('kept');
    await run(601);
    expect(granted()).toBe(30);
    ask(20);
    await run(602);
    expect(granted()).toBe(30);
    await keepBeating(3_000);
    expect(granted()).toBe(50);
    expect(sent.length).toBeLessThan(3_000 / 100);
  });

  it('keeps a reserve of a few calls for a bucket in use, and none for an idle one', async () => {
    const { ask, run, sent, keepBeating } = setUp();
    await run(0);
    ask(1);
    await keepBeating(900);
    expect(calls(sent.at(-1)?.record ?? { buckets: {} })).toBeGreaterThan(1);
    expect(calls(sent.at(-1)?.record ?? { buckets: {} })).toBeLessThanOrEqual(6);
    await keepBeating(8_000);
    expect(calls(sent.at(-1)?.record ?? { buckets: {} })).toBe(1);
  });

  it('makes no call that the record under way would not cover', async () => {
    const { ask, run, last, granted, clock, idleBeat, keepBeating } = setUp();
    await idleBeat();
    ask(1);
    await run(clock.nowMs() + 90);
    expect(granted()).toBe(1);
    last().answer('kept');
    await run(clock.nowMs() + 1);
    expect(granted()).toBe(1);
    await keepBeating(clock.nowMs() + 500);
    expect(granted()).toBe(2);
  });

  it('keeps to both records while it does not know which one is stored', async () => {
    const { ask, run, last, granted, sent, clock, idleBeat, keepBeating } = setUp();
    await idleBeat();
    last().fail();
    await run(clock.nowMs() + 1);
    ask(1);
    const before = sent.length;
    await run(clock.nowMs() + 100);
    expect([granted(), sent.length]).toEqual([1, before]);
    await keepBeating(clock.nowMs() + 500);
    expect(granted()).toBe(2);
  });

  it('makes no call once the lease may have run out, by either clock', async () => {
    let suspendedMs = 0;
    const clocks = { wallMs: () => suspendedMs };
    const { ask, run, keepBeating, granted, beats } = setUp(clocks);
    await run(0);
    ask(1);
    await keepBeating(1_000);
    expect(granted()).toBe(1);
    expect(beats.permit('b')).toBe(true);
    suspendedMs = 1_899;
    expect(beats.permit('b')).toBe(true);
    suspendedMs = 1_900;
    expect(beats.permit('b')).toBe(false);
    await keepBeating(2_500);
    expect(beats.permit('b')).toBe(true);
    await run(2_500 + 5_000);
    expect(beats.permit('b')).toBe(false);
  });

  it('is to be replaced after two seconds of silence among calls, and by the server alone while it is idle', async () => {
    const { ask, run, keepBeating, last, sent, beats } = setUp();
    await run(0);
    expect(last().record.takeOverMs).toBeUndefined();
    ask(1);
    await keepBeating(1_000);
    expect(last().record.takeOverMs).toBe(2_000);
    await keepBeating(8_000);
    expect(last().record.takeOverMs).toBeUndefined();
    // Whoever reads the idle record waits for the server, so a call may start until its timeout, less a margin.
    await run(sent.at(-1)!.atMs + 4_900);
    expect(beats.permit('off')).toBe(true);
    await run(sent.at(-1)!.atMs + 5_000);
    expect(beats.permit('off')).toBe(false);
  });

  it('has no less time for the windows of a second that endpoints have by themselves', async () => {
    const { ask, run, keepBeating, last } = setUp();
    await run(0);
    ask(1, 'short');
    await keepBeating(1_000);
    expect(last().record.takeOverMs).toBe(2_000);
  });

  it('makes no call after the silence that a record names, even before that record is known to be stored', async () => {
    const { ask, run, keepBeating, last, beats, clock } = setUp();
    await run(0);
    await keepBeating(4_200);
    const storedMs = last().atMs;
    ask(1);
    await run(clock.nowMs() + 100);
    expect(last().record.takeOverMs).toBe(2_000);
    await run(storedMs + 1_899);
    expect(beats.permit('off')).toBe(true);
    await run(storedMs + 1_900);
    expect(beats.permit('off')).toBe(false);
  });

  it('is given more time where the server is slow to store its beats, and all of the lease where it is very slow', async () => {
    const { ask, run, keepBeating, last, clock } = setUp();
    const answersAfter = async (ms: number): Promise<void> => {
      const beat = last();
      await run(beat.atMs + ms);
      beat.answer('kept');
      while (last() === beat) {
        ask(1, 'b');
        await run(clock.nowMs() + 50);
      }
    };
    await run(0);
    ask(1);
    await keepBeating(1_000);
    for (let i = 0; i < 3; i++) await answersAfter(700);
    expect(last().record.takeOverMs).toBeGreaterThanOrEqual(2_800);
    for (let i = 0; i < 3; i++) await answersAfter(1_300);
    expect(last().record.takeOverMs).toBeUndefined();
    for (let i = 0; i < 20; i++) {
      ask(1);
      await keepBeating(clock.nowMs() + 1_000);
    }
    expect(last().record.takeOverMs).toBe(2_000);
  });

  it('has on record what waits for its turn, as far as nine seconds of calls reach', async () => {
    const { pacer, run, keepBeating, last, clock } = setUp();
    await run(0);
    await keepBeating(500);
    pacer.pushBack('b', 30_000);
    for (let i = 0; i < 40; i++)
      void pacer.acquire('b', { priority: 1, fairnessKey: 'k', reference: `call ${i}` }).catch(() => undefined);
    await keepBeating(clock.nowMs() + 1_500);
    expect(last().record.waiting?.toSorted()).toStrictEqual(
      Array.from({ length: 15 }, (_, i) => `call ${i}`).toSorted(),
    );
  });

  it('reserves calls for as long as it may still start them when another one has read the record', async () => {
    const { ask, run, keepBeating, last } = setUp();
    await run(0);
    ask(1);
    await keepBeating(1_500);
    const [made, ...reserved] = last().record.buckets['b']!.answeredMsAgo;
    expect(made).toBeGreaterThanOrEqual(0);
    expect(new Set(reserved)).toStrictEqual(new Set([-10_000 - 1_900]));
  });

  it('tells when the lease is lost, and permits nothing from then on', async () => {
    const { run, last, beats, sent } = setUp();
    await run(0);
    last().answer('kept');
    await run(4_000);
    last().answer('lost');
    await beats.lost;
    expect(beats.permit('off')).toBe(false);
    const before = sent.length;
    await run(14_000);
    expect(sent.length).toBe(before);
  });

  it('asks for no reserve where there is no limit', async () => {
    const { ask, run, last, granted, sent } = setUp();
    await run(0);
    last().answer('kept');
    await run(1);
    ask(200, 'off');
    await run(2);
    expect(granted()).toBe(200);
    expect(sent).toHaveLength(1);
  });

  it('has a push-back on record within a tenth of a second', async () => {
    const { pacer, run, keepBeating, last } = setUp();
    await run(0);
    await keepBeating(1_500);
    pacer.pushBack('b', 40_000);
    await run(1_600);
    expect(last().record.buckets['b']?.pushBackMs).toBeGreaterThan(39_800);
  });

  it('beats once in four seconds while nothing happens, and no more often', async () => {
    const { run, sent, last } = setUp();
    await run(0);
    last().answer('kept');
    for (let ms = 1_000; ms <= 3_600_000; ms += 1_000) {
      await run(ms);
      last().answer('kept');
    }
    expect(sent).toHaveLength(1 + 3_600 / 4);
  });

  it('beats once a second for as long as calls are made or waited for, and for some seconds after', async () => {
    const { ask, run, sent, keepBeating, last, clock } = setUp();
    await run(0);
    await keepBeating(20_000);
    const before = sent.length;
    for (let ms = 21_000; ms <= 30_000; ms += 1_000) {
      ask(1, 'off');
      await keepBeating(ms);
    }
    expect(sent.length - before).toBeGreaterThanOrEqual(9);
    const busy = sent.length;
    await keepBeating(60_000);
    expect(sent.length - busy).toBeLessThanOrEqual(3 + 30 / 4);
    await run(clock.nowMs() + 4_000);
    last().answer('kept');
  });

  it('beats at once for the first call after idleness', async () => {
    const { ask, run, last, granted, keepBeating, clock } = setUp();
    await run(0);
    await keepBeating(31_500);
    const askedMs = clock.nowMs();
    ask(1);
    await run(askedMs);
    expect(last().atMs).toBe(askedMs);
    last().answer('kept');
    await run(askedMs + 1);
    expect(granted()).toBe(1);
  });

  it('gives a beat without an answer up in time for another one before the server gives the lease away', async () => {
    const { run, sent, last, clock } = setUp();
    await run(0);
    last().answer('kept');
    await run(4_000);
    expect(sent).toHaveLength(2);
    expect(last().atMs).toBe(4_000);
    await run(clock.nowMs() + last().deadlineMs);
    last().fail();
    await run(6_000);
    expect(sent).toHaveLength(3);
    expect(last().atMs).toBeLessThan(5_800);
  });
});
