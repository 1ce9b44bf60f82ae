import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../feishu/pacer.ts';
import type { PacerState } from '../feishu/pacer.ts';
import { LeaseHeartbeats } from '../worker/api-lease/lease-heartbeats.ts';
import type { HeartbeatAnswer } from '../worker/api-lease/lease-heartbeats.ts';
import { seeded } from './support/seeded.ts';
import { SimulatedClock } from './support/simulated-clock.ts';
import { aged } from '../worker/api-lease/lease-record.ts';
import { mostInAnyWindow } from './support/windows.ts';

const LIMIT = { calls: 20, windowMs: 3_000 };
const UNANSWERED_MS = 1_000;
const HEARTBEAT_TIMEOUT_MS = 1_500;
const LEASE_MS = 1_000;
const IDLE_BEAT_MS = 800;
/** Those that stand by look at the record so often, and see it so late at most. */
const LOOK = { everyMs: 200, takesMs: 100 };
/** Each that the lease was taken from goes on beside the others: taken every few milliseconds, they would be thousands. */
const TAKEN_AT_MOST = 100;

/** What befalls the process that holds the lease, again and again. */
interface Fate {
  kind: 'kill' | 'stop' | 'cut off' | 'hand over' | 'taken';
  afterMs: number;
  forMs: number;
}
interface Setting {
  seed: number;
  fates: Fate[];
  /** Share of beats that are stored but not acknowledged, and of those that never arrive. */
  ackLost: number;
  beatLost: number;
  callers: number;
  /** Between an answer and the next call of a caller: long ones let the lease go idle. */
  restMs: number;
}

/** The server's side of the lease: the last record, and whose it is. */
class Lease {
  record: PacerState | undefined;
  owner = 0;
  storedAtMs = 0;
  /** Since when those that stand by know of each record. */
  readonly knownSinceMs = new Map<PacerState, number>();
}

class Simulation {
  readonly world = new SimulatedClock();
  readonly arrivals: number[] = [];
  readonly counted: number[] = [];
  owners = 0;
  readonly #lease = new Lease();
  readonly #random: () => number;
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#random = seeded(setting.seed);
  }

  async run(untilMs: number): Promise<void> {
    this.#watch();
    this.#look();
    await this.world.run({ untilMs });
  }

  /** Gives the lease to a new process whenever the old one has not beaten for the timeout. */
  #watch(): void {
    const silentMs = this.world.nowMs() - this.#lease.storedAtMs;
    if (this.owners === 0 || silentMs >= HEARTBEAT_TIMEOUT_MS) this.#newOwner();
    this.world.world(10, () => this.#watch());
  }

  /** As those that stand by do: what is seen was stored before the answer was. */
  #look(): void {
    this.world.world(this.#random() * LOOK.takesMs, () => {
      const { record, knownSinceMs } = this.#lease;
      this.world.world(this.#random() * LOOK.takesMs, () => {
        if (record !== undefined && !knownSinceMs.has(record)) knownSinceMs.set(record, this.world.nowMs());
      });
    });
    this.world.world(LOOK.everyMs, () => this.#look());
  }

  #newOwner(): void {
    const me = ++this.owners;
    const clock = this.world.fork();
    this.#lease.owner = me;
    this.#lease.storedAtMs = clock.nowMs();
    let cutOff = false;
    const pacer: Pacer = new Pacer({
      limitFor: () => [LIMIT],
      unansweredMs: UNANSWERED_MS,
      clock,
      permit: (bucket) => beats.permit(bucket),
    });
    const { record: left, knownSinceMs } = this.#lease;
    if (left !== undefined) {
      const knownForMs = clock.nowMs() - (knownSinceMs.get(left) ?? clock.nowMs());
      pacer.restore(aged(left, { fromMs: 0, toMs: 0, knownForMs }));
    }
    const beats = new LeaseHeartbeats({
      pacer,
      send: (record, { deadlineMs }) => this.#send({ me, clock, record, deadlineMs, isCutOff: () => cutOff }),
      leaseMs: LEASE_MS,
      beatEveryMs: 250,
      idleBeatEveryMs: IDLE_BEAT_MS,
      clock,
      wallMs: () => clock.nowMs(),
      onError: () => undefined,
    });
    beats.start();
    void beats.lost.then(() => pacer.close());
    for (let i = 0; i < this.#setting.callers; i += 1) this.#call(pacer, clock);

    const fate = this.#setting.fates[(me - 1) % this.#setting.fates.length];
    if (fate === undefined) return;
    clock.world(fate.afterMs, () => {
      if (fate.kind === 'kill') clock.kill();
      if (fate.kind === 'stop') clock.stall(fate.forMs);
      if (fate.kind === 'cut off') cutOff = true;
      // By another process that takes it for dead: it does not hear of that, and goes on for as long as it may.
      if (fate.kind === 'taken' && this.#lease.owner === me && this.owners < TAKEN_AT_MOST) {
        cutOff = true;
        this.#newOwner();
      }
      if (fate.kind === 'hand over') void this.#handOver({ me, pacer, beats, clock });
    });
  }

  async #handOver(o: { me: number; pacer: Pacer; beats: LeaseHeartbeats; clock: SimulatedClock }): Promise<void> {
    o.pacer.close();
    await o.beats.stop();
    if (this.#lease.owner !== o.me) return;
    this.#lease.record = o.beats.lastRecord();
    this.#lease.storedAtMs = -Infinity;
  }

  #send(o: {
    me: number;
    clock: SimulatedClock;
    record: PacerState;
    deadlineMs: number;
    isCutOff: () => boolean;
  }): Promise<HeartbeatAnswer> {
    const { me, clock } = o;
    const record: PacerState = structuredClone(o.record);
    const beatLost = o.isCutOff() || this.#random() < this.#setting.beatLost;
    const ackLost = this.#random() < this.#setting.ackLost;
    return new Promise((resolve, reject) => {
      let answer: HeartbeatAnswer | undefined;
      if (!beatLost) {
        clock.world(this.#random() * 150, () => {
          answer = this.#lease.owner === me ? 'kept' : 'lost';
          if (answer === 'kept') {
            this.#lease.record = record;
            this.#lease.storedAtMs = clock.nowMs();
          }
          const stored = answer;
          if (!ackLost) clock.process(this.#random() * 150, () => resolve(stored));
        });
      }
      clock.process(o.deadlineMs, () => reject(new Error('deadline')));
    });
  }

  #call(pacer: Pacer, clock: SimulatedClock): void {
    pacer.acquire('b', { priority: 1, fairnessKey: 'k' }).then(
      (turn) => {
        clock.world(this.#random() * 100, () => {
          this.arrivals.push(clock.nowMs());
          if (this.#random() < 0.05) {
            clock.process(UNANSWERED_MS, () => {
              turn.unanswered();
              this.#call(pacer, clock);
            });
            return;
          }
          clock.world(this.#random() * 200, () => {
            this.counted.push(clock.nowMs());
            clock.process(1, () => turn.answered());
            clock.process(1 + this.#setting.restMs, () => this.#call(pacer, clock));
          });
        });
      },
      () => undefined,
    );
  }
}

describe('the API lease', () => {
  it('never lets successive holders of the lease exceed a window, however one loses it', async () => {
    const fate = fc.record({
      kind: fc.constantFrom<Fate['kind'][]>('kill', 'stop', 'cut off', 'hand over', 'taken'),
      afterMs: fc.integer({ min: 0, max: 6_000 }),
      forMs: fc.integer({ min: 100, max: 8_000 }),
    });
    const settings = fc.record({
      seed: fc.integer(),
      fates: fc.array(fate, { minLength: 1, maxLength: 5 }),
      ackLost: fc.constantFrom(0, 0.1, 0.5),
      beatLost: fc.constantFrom(0, 0.1, 0.5),
      callers: fc.constantFrom(1, 5, 40),
      restMs: fc.constantFrom(0, 0, 0, 4_500),
    });
    let owners = 0;
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(settings, async (setting) => {
        const simulation = new Simulation(setting);
        await simulation.run(25_000);
        owners += simulation.owners;
        calls += simulation.arrivals.length;
        expect(mostInAnyWindow(simulation.arrivals, LIMIT.windowMs)).toBeLessThanOrEqual(LIMIT.calls);
        expect(mostInAnyWindow(simulation.counted, LIMIT.windowMs)).toBeLessThanOrEqual(LIMIT.calls);
      }),
      { numRuns: 80 },
    );
    // Both happened: the lease changed hands often, and calls went on.
    expect(owners).toBeGreaterThan(160);
    expect(calls).toBeGreaterThan(80 * 40);
  });
});
