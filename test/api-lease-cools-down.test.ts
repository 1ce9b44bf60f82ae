import { describe, expect, it } from 'vitest';
import { CoolDown } from '../worker/api-lease/cool-down.ts';
import { SimulatedClock } from './support/simulated-clock.ts';

function setUp(recoversAtMs = Infinity) {
  const clock = new SimulatedClock();
  const stopping = new AbortController();
  const looksMs: number[] = [];
  const errors: unknown[] = [];
  const trouble = { endsMs: recoversAtMs, breaks: false };
  const coolDown = new CoolDown({
    recovered: () => {
      looksMs.push(clock.nowMs());
      if (trouble.breaks) return Promise.reject(new Error('no look'));
      return Promise.resolve(clock.nowMs() >= trouble.endsMs);
    },
    clock,
    signal: stopping.signal,
    onError: (error) => void errors.push(error),
  });
  /** Begins a cool-down and tells how long it took. */
  const lengthMs = async (): Promise<number> => {
    const beganMs = clock.nowMs();
    const overMs: number[] = [];
    coolDown.begin();
    void coolDown.over().then(() => overMs.push(clock.nowMs()));
    while (overMs.length === 0) await clock.run({ untilMs: clock.nowMs() + 100 });
    return overMs[0]! - beganMs;
  };
  return { clock, stopping, looksMs, errors, trouble, coolDown, lengthMs };
}

describe('a process that was of no use with the lease', () => {
  it('may stand by when it has never been', async () => {
    const { coolDown } = setUp();
    await coolDown.over();
    expect(coolDown.isRecent).toBe(false);
  });

  it('stays away ten seconds, then twice as long each time, at most a minute', async () => {
    const { lengthMs } = setUp();
    const lengths = [];
    for (let i = 0; i < 6; i += 1) lengths.push(await lengthMs());
    expect(lengths).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it('starts with ten seconds again after two minutes without trouble', async () => {
    const { lengthMs, clock, coolDown } = setUp();
    await lengthMs();
    await lengthMs();
    await clock.run({ untilMs: clock.nowMs() + 119_000 });
    expect(coolDown.isRecent).toBe(true);
    await clock.run({ untilMs: clock.nowMs() + 1_000 });
    expect(coolDown.isRecent).toBe(false);
    expect(await lengthMs()).toBe(10_000);
  });

  it('comes back a second or two after it has found again what was missing', async () => {
    const { lengthMs } = setUp(3_500);
    expect(await lengthMs()).toBe(4_000);
  });

  it('looks every second, later where looks have deceived it, and takes a failed one for a no', async () => {
    const { lengthMs, looksMs, trouble, errors } = setUp(0);
    expect([await lengthMs(), await lengthMs(), await lengthMs(), await lengthMs()]).toEqual([
      1_000, 2_000, 4_000, 6_000,
    ]);
    expect(looksMs).toHaveLength(4);
    trouble.breaks = true;
    expect(await lengthMs()).toBe(60_000);
    expect(errors).toHaveLength(55);
  });

  it('is not kept from ending', async () => {
    const { stopping, coolDown, clock } = setUp();
    coolDown.begin();
    stopping.abort();
    await coolDown.over();
    expect(clock.nowMs()).toBe(0);
  });
});
