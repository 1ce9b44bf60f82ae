import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../feishu/pacer.ts';
import type { Limit, Permit } from '../feishu/pacer.ts';
import { seeded } from './support/seeded.ts';
import { SimulatedClock } from './support/simulated-clock.ts';
import { mostInAnyWindow, mostInFixedWindows } from './support/windows.ts';

interface Load {
  seed: number;
  limits: Limit[];
  callers: number;
  /** Request and answer travel and work for up to this long. */
  latencyMs: number;
  /** Share of the calls whose answer never comes. */
  lost: number;
  /** Share of the calls that are never sent. */
  unsent: number;
  /** Mean time between stalls of the event loop, 0 for none, and their length. */
  stallEveryMs: number;
  stallMs: number;
  untilMs: number;
}
const UNANSWERED_MS = 3_000;

/** When the calls were let go, and when a server can have counted them: on arrival, at the end, or in between. */
interface Times {
  grants: number[];
  first: number[];
  last: number[];
  between: number[];
}

/** Callers that always want the next call, against a server that notes when it could have counted each call. */
async function simulate(load: Load): Promise<Times> {
  const clock = new SimulatedClock();
  const random = seeded(load.seed);
  const pacer = new Pacer({
    limitFor: () => load.limits,
    unansweredMs: UNANSWERED_MS,
    maxWaiting: load.callers,
    clock,
  });
  const times: Times = { first: [], last: [], between: [], grants: [] };

  const call = (turn: Permit, next: () => void): void => {
    times.grants.push(clock.nowMs());
    const deadlineMs = clock.nowMs() + UNANSWERED_MS;
    if (random() < load.unsent) {
      turn.unused();
      clock.process(random() * 50, next);
      return;
    }
    const toServerMs = random() * load.latencyMs;
    const workMs = random() * load.latencyMs;
    clock.world(toServerMs, () => {
      const arrivedMs = clock.nowMs();
      const counted = (lastMs: number): void => {
        times.first.push(arrivedMs);
        times.last.push(lastMs);
        times.between.push(arrivedMs + random() * (lastMs - arrivedMs));
      };
      if (random() < load.lost) {
        // Nobody answers; the server may count this call at any time before the caller hangs up.
        counted(arrivedMs + random() * (deadlineMs - arrivedMs));
        clock.process(deadlineMs - arrivedMs, () => {
          turn.unanswered();
          next();
        });
        return;
      }
      clock.world(workMs, () => {
        counted(clock.nowMs());
        clock.process(random() * 5, () => {
          turn.answered();
          next();
        });
      });
    });
  };
  const caller = (name: string): void => {
    void pacer.acquire('b', { priority: 1, fairnessKey: name }).then((turn) => call(turn, () => caller(name)));
  };
  const stalls = (): void => {
    clock.world(random() * 2 * load.stallEveryMs, () => {
      clock.stall(random() * load.stallMs);
      stalls();
    });
  };
  if (load.stallEveryMs > 0) stalls();
  for (let i = 0; i < load.callers; i += 1) caller(`caller ${i}`);
  await clock.run({ untilMs: load.untilMs });
  return times;
}

/** Share of the quota that was used after the first full window. */
function utilisation(grantsMs: readonly number[], limit: Limit): number {
  const from = grantsMs[limit.calls];
  const to = grantsMs.at(-1);
  if (from === undefined || to === undefined) return 0;
  return ((grantsMs.length - 1 - limit.calls) * limit.windowMs) / ((to - from) * limit.calls);
}

const quiet = { lost: 0, unsent: 0, stallEveryMs: 0, stallMs: 0 };

describe('the pacer', () => {
  it('never exceeds a window, however the server counts and whatever stalls or is lost', async () => {
    const loads = fc.record({
      seed: fc.integer(),
      limits: fc.constantFrom<Limit[][]>(
        [{ calls: 100, windowMs: 6_000 }],
        [{ calls: 10, windowMs: 2_000 }],
        [{ calls: 1, windowMs: 1_000 }],
        [
          { calls: 100, windowMs: 6_000 },
          { calls: 5, windowMs: 100 },
        ],
      ),
      callers: fc.integer({ min: 1, max: 150 }),
      latencyMs: fc.constantFrom(1, 50, 800),
      lost: fc.constantFrom(0, 0.02, 0.3),
      unsent: fc.constantFrom(0, 0.1),
      stallEveryMs: fc.constantFrom(0, 500, 5_000),
      stallMs: fc.constantFrom(5, 300, 4_000),
      phaseMs: fc.integer({ min: 0, max: 6_000 }),
    });
    await fc.assert(
      fc.asyncProperty(loads, async ({ phaseMs, ...load }) => {
        const times = await simulate({ ...load, untilMs: 24_000 });
        for (const { calls, windowMs } of load.limits) {
          for (const counted of [times.first, times.last, times.between]) {
            expect(mostInAnyWindow(counted, windowMs)).toBeLessThanOrEqual(calls);
            expect(mostInFixedWindows(counted, { windowMs, phaseMs })).toBeLessThanOrEqual(calls);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('uses more than 98.5 % of 100 calls a minute when answers take 300 ms', async () => {
    const limit = { calls: 100, windowMs: 60_000 };
    const load = { ...quiet, seed: 1, limits: [limit], callers: 60, latencyMs: 300, untilMs: 900_000 };
    const { grants } = await simulate(load);
    expect(utilisation(grants, limit)).toBeGreaterThan(0.985);
  });

  it('uses more than 98 % of 100 calls a minute when the event loop stalls again and again', async () => {
    const limit = { calls: 100, windowMs: 60_000 };
    const stalls = { stallEveryMs: 5_000, stallMs: 400 };
    const load = { ...quiet, ...stalls, seed: 2, limits: [limit], callers: 60, latencyMs: 300, untilMs: 900_000 };
    const { grants } = await simulate(load);
    expect(utilisation(grants, limit)).toBeGreaterThan(0.98);
  });

  it('uses more than 97 % of 100 calls in 6 s when the event loop stalls for 100 ms two times a second', async () => {
    const limit = { calls: 100, windowMs: 6_000 };
    const stalls = { stallEveryMs: 500, stallMs: 200 };
    const load = { ...quiet, ...stalls, seed: 4, limits: [limit], callers: 60, latencyMs: 20, untilMs: 120_000 };
    const { grants } = await simulate(load);
    expect(utilisation(grants, limit)).toBeGreaterThan(0.97);
  });

  it('uses more than 98 % of a fast compound limit', async () => {
    const minute = { calls: 1_000, windowMs: 60_000 };
    const second = { calls: 50, windowMs: 1_000 };
    const load = { ...quiet, seed: 3, limits: [minute, second], callers: 200, latencyMs: 100, untilMs: 240_000 };
    const { grants, last } = await simulate(load);
    expect(mostInAnyWindow(last, second.windowMs)).toBeLessThanOrEqual(second.calls);
    expect(utilisation(grants, minute)).toBeGreaterThan(0.98);
  });
});
