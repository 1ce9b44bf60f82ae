/** Whose failure a failed call is, over hours and days, by a clock that a test moves. */
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwayError, Outages, type StoreOfCalls } from '../activities/calls/outages.ts';

const HOST = 'https://open.feishu.cn';
const IDENTITY = `${HOST}|cli_a#default`;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const TRIES = 8;
/** Between two tries of a call that failed in its own right. */
const RETRY_MS = 60 * SECOND;

type Feishu = 'well' | 'away' | 'failing' | 'unreachable';

/** One call that is made until it is answered, or has failed so often that it is given up. */
interface Unit {
  name: string;
  odd: boolean;
  nextMs: number;
  failures: number;
  calls: number;
  failedMs: number | null;
  failingSinceMs: number | null;
  ended: 'answered' | 'failed' | null;
  endedMs: number;
}

/** Plays what call() does with an Outages, second by second. */
class World {
  nowMs = 0;
  readonly lines: { message: string; fields: object }[] = [];
  readonly outages = new Outages({
    nowMs: () => this.nowMs,
    logger: {
      info: (fields, message) => this.lines.push({ message, fields }),
      warn: (fields, message) => this.lines.push({ message, fields }),
    },
  });
  readonly units: Unit[] = [];
  feishu: Feishu = 'well';

  add(name: string, odd = false): Unit {
    const start = { failures: 0, calls: 0, failedMs: null, failingSinceMs: null, ended: null, endedMs: 0 };
    const unit: Unit = { name, odd, nextMs: this.nowMs, ...start };
    this.units.push(unit);
    return unit;
  }

  run(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      let next: Unit | undefined;
      for (const unit of this.units) {
        if (unit.ended === null && (next === undefined || unit.nextMs < next.nextMs)) next = unit;
      }
      if (next === undefined || next.nextMs >= endMs) break;
      this.nowMs = Math.max(this.nowMs, next.nextMs);
      this.#try(next);
    }
    this.nowMs = endMs;
  }

  #try(unit: Unit): void {
    const id = { host: HOST, identity: IDENTITY, id: unit.name };
    try {
      this.outages.enter(id);
    } catch (error) {
      if (!(error instanceof AwayError)) throw error;
      unit.nextMs = this.nowMs + error.retryAfterMs;
      return;
    }
    unit.calls++;
    const whose = this.#whose(unit, id);
    this.outages.leave(id);
    if (whose === 'nobody') return this.#end(unit, 'answered');
    if (whose === 'outage') return void (unit.nextMs = this.nowMs + this.outages.backInMs(id));
    unit.failures++;
    if (unit.failures === TRIES) this.#end(unit, 'failed');
    unit.nextMs = this.nowMs + RETRY_MS;
  }

  #whose(unit: Unit, id: { host: string; identity: string; id: string }): 'nobody' | 'own' | 'outage' {
    if (this.feishu === 'unreachable') {
      this.outages.unreachable(id, { reason: 'no connection (ECONNREFUSED)', silent: true });
      return 'outage';
    }
    if (this.feishu === 'well' && !unit.odd) {
      this.outages.answered(id);
      return 'nobody';
    }
    const { failedMs: failedBeforeMs, failingSinceMs } = unit;
    const told = {
      ...id,
      reason: 'it answers with HTTP 500',
      begunMs: this.nowMs,
      failedBeforeMs,
      failingSinceMs,
      retryAfterMs: 0,
    };
    const seen = this.outages.failed(told, { silent: false });
    Object.assign(unit, { failedMs: this.nowMs, failingSinceMs: seen.failingSinceMs });
    const whose = seen.whose === 'ask' ? this.#ask(id) : seen.whose;
    return whose;
  }

  /** For a token: answered unless the whole host is away. */
  #ask(id: { host: string; identity: string; id: string }): 'own' | 'outage' {
    if (this.feishu !== 'away') return this.outages.hostIsThere(HOST);
    this.outages.unreachable(id, { reason: 'it answers with HTTP 502', silent: false });
    return 'outage';
  }

  #end(unit: Unit, ended: 'answered' | 'failed'): void {
    Object.assign(unit, { ended, endedMs: this.nowMs });
  }
}

function storeWith(trouble: StoreOfCalls['trouble']): StoreOfCalls {
  return { trouble, callsLeft: () => undefined, callsTaken: () => undefined };
}

function doubting(isThere: boolean) {
  const at = { nowMs: 100_000, looks: 0 };
  const canReach = (): Promise<boolean> => {
    at.looks++;
    return Promise.resolve(isThere);
  };
  return { at, outages: new Outages({ nowMs: () => at.nowMs, canReach }) };
}

describe('a failed call', () => {
  test.each(['away', 'failing', 'unreachable'] as const)(
    'counts no try in ten hours of a Feishu that is %s',
    (feishu) => {
      const world = new World();
      world.feishu = feishu;
      for (let i = 0; i < 30; i++) world.add(`unit ${i}`);
      world.run(10 * HOUR);
      // A lone call whose failure comes first may have been taken for its own, once.
      expect(world.units.reduce((sum, { failures }) => sum + failures, 0)).toBeLessThanOrEqual(
        feishu === 'failing' ? 1 : 0,
      );
      expect(world.units.every(({ ended }) => ended === null)).toBe(true);
      world.feishu = 'well';
      const backMs = world.nowMs;
      world.run(60 * SECOND);
      expect(world.units.map(({ ended }) => ended)).toEqual(world.units.map(() => 'answered'));
      expect(Math.max(...world.units.map(({ endedMs }) => endedMs - backMs))).toBeLessThanOrEqual(31 * SECOND);
    },
  );

  test('is its own while others are answered, and ends after its tries', () => {
    const world = new World();
    const odd = world.add('odd', true);
    for (let i = 0; i < 2000; i++) {
      world.add(`unit ${i}`);
      world.run(3 * SECOND);
    }
    expect(odd).toMatchObject({ ended: 'failed', failures: TRIES });
    expect(world.units.filter((unit) => unit !== odd).every(({ ended }) => ended === 'answered')).toBe(true);
  });

  test('is its own where nothing else is asked and Feishu hands out tokens', () => {
    const world = new World();
    const odd = world.add('odd', true);
    world.run(HOUR);
    expect(odd).toMatchObject({ ended: 'failed', calls: TRIES });
    expect(world.lines).toEqual([]);
  });

  test('of two that fail by themselves and alone ends after a day at the latest, and not before', () => {
    const world = new World();
    const odd = [world.add('one', true), world.add('other', true)];
    world.run(23 * HOUR);
    expect(odd.map(({ ended }) => ended)).toEqual([null, null]);
    world.run(3 * HOUR);
    expect(odd.map(({ ended }) => ended)).toEqual(['failed', 'failed']);
  });

  test('never waits for ever, however Feishu comes and goes', () => {
    const weather = constantFrom<Feishu>('well', 'away', 'failing', 'unreachable');
    const spell = record({ feishu: weather, minutes: integer({ min: 1, max: 200 }) });
    assert(
      property(array(spell, { maxLength: 6 }), integer({ min: 0, max: 3 }), (spells, odd) => {
        const world = new World();
        for (let i = 0; i < 6; i++) world.add(`unit ${i}`, i < odd);
        for (const { feishu, minutes } of spells) {
          world.feishu = feishu;
          world.run(minutes * 60 * SECOND);
        }
        world.feishu = 'well';
        world.run(26 * HOUR);
        expect(world.units.map(({ ended }) => ended)).not.toContain(null);
        const good = world.units.filter((unit) => !unit.odd);
        expect(good.filter(({ ended }) => ended === 'failed')).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('an outage', () => {
  test('is found out by one call at a time, at most fifteen seconds apart', () => {
    const world = new World();
    world.feishu = 'unreachable';
    for (let i = 0; i < 50; i++) world.add(`unit ${i}`);
    world.run(HOUR);
    const calls = world.units.reduce((sum, unit) => sum + unit.calls, 0);
    expect(calls).toBeGreaterThan(3600 / 18);
    expect(calls).toBeLessThan(3600 / 14);
  });

  test('is said once when it begins and once when it ends, with its length', () => {
    const world = new World();
    world.feishu = 'unreachable';
    for (let i = 0; i < 10; i++) world.add(`unit ${i}`);
    world.run(HOUR);
    world.feishu = 'well';
    world.run(60 * SECOND);
    expect(world.lines.map(({ message }) => message)).toEqual([
      'an outage has begun: calls wait until it is over',
      'an outage is over: calls go on',
    ]);
    expect(world.lines[0]?.fields).toEqual({ scope: HOST, reason: 'no connection (ECONNREFUSED)' });
    const lasted = world.lines.map(({ fields }) => ('lastedS' in fields ? Number(fields.lastedS) : 0));
    expect(lasted[1]).toBeGreaterThanOrEqual(3600);
    expect(lasted[1]).toBeLessThan(3620);
  });

  describe('that a process leaves to another one', () => {
    const id = { host: HOST, identity: IDENTITY, id: 'a' };
    const LEFT = 'an outage is no longer looked at here: calls are not made here';

    function leftAfter77Seconds(): World {
      const world = new World();
      world.outages.unreachable(id, { reason: 'no connection (ECONNREFUSED)', silent: true });
      world.nowMs = 77 * SECOND;
      world.outages.callsLeft();
      expect(world.lines.at(-1)).toEqual({ message: LEFT, fields: { scope: HOST, seenForS: 77 } });
      world.lines.length = 0;
      world.nowMs = 233 * SECOND;
      return world;
    }

    test('has ended where that one had none at the end: calls are made as if there had been none', () => {
      const world = leftAfter77Seconds();
      world.outages.callsTaken([]);
      expect(world.outages.troubles()).toEqual([]);
      world.outages.enter(id);
      world.outages.answered(id);
      expect(world.lines).toEqual([]);
    });

    test('goes on where that one had it too, and its length is from when it was first seen', () => {
      const world = leftAfter77Seconds();
      world.outages.callsTaken([{ scope: HOST, reason: 'no connection (ETIMEDOUT)', sinceMs: 80 * SECOND }]);
      expect(world.outages.troubles()).toMatchObject([{ scope: HOST, sinceMs: 0 }]);
      world.outages.answered(id);
      expect(world.lines).toMatchObject([{ fields: { lastedS: 233 } }]);
    });

    test('is another one where calls fail again later', () => {
      const world = leftAfter77Seconds();
      world.outages.callsTaken([]);
      world.outages.unreachable(id, { reason: 'no connection (ECONNREFUSED)', silent: true });
      world.nowMs = 240 * SECOND;
      world.outages.answered(id);
      expect(world.lines).toMatchObject([{ fields: { scope: HOST } }, { fields: { lastedS: 7 } }]);
    });
  });

  test('keeps Feishu’s own word on when to ask again', () => {
    const world = new World();
    const id = { host: HOST, identity: IDENTITY, id: 'a' };
    world.outages.unreachable(id, { reason: 'HTTP 503', silent: false, retryAfterMs: 120 * SECOND });
    world.nowMs = 119 * SECOND;
    expect(() => world.outages.enter(id)).toThrow(AwayError);
    world.nowMs = 120 * SECOND;
    world.outages.enter(id);
  });

  test('of credentials holds back their calls only, and a new secret is tried at once', () => {
    const world = new World();
    const id = { host: HOST, identity: IDENTITY, id: 'a' };
    const other = { host: HOST, identity: `${HOST}|cli_b#other`, id: 'b' };
    world.outages.rejected(id, { reason: 'the credentials of the app: rejected' });
    expect(() => world.outages.enter(id)).toThrow(AwayError);
    world.outages.enter(other);
    expect(world.outages.troubles()).toEqual([
      { scope: `${HOST}|cli_a`, reason: 'the credentials of the app: rejected', sinceMs: 0 },
    ]);
    expect(world.outages.unusable()).toBeNull();
    world.outages.secretChanged(IDENTITY);
    world.outages.enter(id);
    world.outages.answered(id);
    expect(world.outages.troubles()).toEqual([]);
  });
});

describe('the process that makes the calls', () => {
  const id = { host: HOST, identity: IDENTITY, id: 'a' };
  const reason = 'no connection (ECONNREFUSED)';

  test('is of no use once it has reached no host for four seconds, and of use when one answers anything', () => {
    const world = new World();
    world.outages.unreachable(id, { reason, silent: true });
    world.nowMs = 3999;
    expect(world.outages.unusable()).toBeNull();
    world.nowMs = 4000;
    expect(world.outages.unusable()).toContain(reason);
    world.outages.unreachable(id, { reason: 'it answers with HTTP 502', silent: false });
    expect(world.outages.unusable()).toBeNull();
  });

  describe('with a call that has had no answer for three seconds', () => {
    test('is of no use where nothing reaches the host, since the call was begun, and looks once for many calls', async () => {
      const { at, outages } = doubting(false);
      outages.answered(id);
      at.nowMs += 4000;
      await Promise.all([1000, 900, 800].map((agoMs) => outages.unheard(HOST, at.nowMs - agoMs)));
      expect([at.looks, outages.unusable()]).toEqual([1, null]);
      at.nowMs += 3000;
      expect(outages.unusable()).toContain(HOST);
      outages.answered(id);
      expect(outages.unusable()).toBeNull();
    });

    test('is of use where the host can be reached, or has answered another call since', async () => {
      const slow = doubting(true);
      await slow.outages.unheard(HOST, 90_000);
      const busy = doubting(false);
      busy.outages.hostIsThere(HOST);
      await busy.outages.unheard(HOST, 99_000);
      expect([slow.at.looks, slow.outages.unusable()]).toEqual([1, null]);
      expect([busy.at.looks, busy.outages.unusable()]).toEqual([0, null]);
    });

    test('whose time is over then is silent since it was begun, unless another one was answered', () => {
      const { at, outages } = doubting(true);
      const failed = { ...id, reason: 'no answer', failedBeforeMs: null, failingSinceMs: null, retryAfterMs: 0 };
      outages.failed({ ...failed, begunMs: 90_000 }, { silent: true });
      expect(outages.unusable()).toContain('gives no answer');
      outages.hostIsThere(HOST);
      at.nowMs += 1000;
      outages.failed({ ...failed, begunMs: 91_000 }, { silent: true });
      expect(outages.unusable()).toBeNull();
    });
  });

  test('looks whether it is over, and then has its time anew', async () => {
    let isThere = false;
    let nowMs = 0;
    const outages = new Outages({ nowMs: () => nowMs, canReach: () => Promise.resolve(isThere) });
    outages.unreachable(id, { reason, silent: true });
    nowMs = 60_000;
    expect(await outages.recovered()).toBe(false);
    expect(outages.unusable()).not.toBeNull();
    isThere = true;
    expect(await outages.recovered()).toBe(true);
    expect(outages.unusable()).toBeNull();
  });

  test('is of no use while its store takes nothing, and says so', () => {
    const trouble = { reason: 'the disk is mounted read-only', sinceMs: 0, idleSinceMs: 0 };
    const outages = new Outages({ nowMs: () => 4000, store: storeWith(trouble) });
    expect(outages.unusable()).toContain('read-only');
    expect(outages.troubles()).toEqual([{ scope: 'store', reason: trouble.reason, sinceMs: 0 }]);
    const full = new Outages({ nowMs: () => 4000, store: storeWith({ ...trouble, idleSinceMs: null }) });
    expect(full.unusable()).toBeNull();
  });
});
