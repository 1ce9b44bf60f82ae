/** Progress, looks and polls: what workflows work out by themselves, without a server. */
import { describe, expect, test } from 'vitest';
import { nextPollMs } from '../workflows/common/export-task.ts';
import { progressOf, type RunState } from '../workflows/common/progress.ts';
import { Relay } from '../workflows/common/relay.ts';
import { nextLook } from '../workflows/common/waiting.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SEEN = { doing: 'asking', calls: 3, units: { total: 10, done: 4 } };
const RUN: RunState = {
  done: false,
  paused: false,
  waitingFor: null,
  startedAtMs: 0,
  nowMs: MINUTE_MS,
  perMinute: { calls: 3, units: 2 },
};

describe('progress', () => {
  test.each([
    ['running', {}, null],
    ['waiting', { waitingFor: 'the data folder' }, 'the data folder'],
    ['paused', { waitingFor: 'the data folder', paused: true }, 'resume'],
    ['done', { waitingFor: 'the data folder', paused: true, done: true }, null],
  ])('is %s', (state, run, waiting_for) => {
    expect(progressOf(SEEN, { ...RUN, ...run })).toMatchObject({ state, waiting_for });
  });

  test('tells what a workflow waits for by itself before what the watch has found', () => {
    const run = { ...RUN, waitingFor: 'the data folder' };
    expect(progressOf({ ...SEEN, waitingFor: 'workflow x' }, run).waiting_for).toBe('workflow x');
  });

  test('foresees the end from the units that are left', () => {
    expect(progressOf(SEEN, RUN).eta).toBe(new Date(4 * MINUTE_MS).toISOString());
    expect(progressOf({ ...SEEN, unitsLeft: 20 }, RUN).eta).toBe(new Date(11 * MINUTE_MS).toISOString());
    expect(progressOf(SEEN, { ...RUN, done: true }).eta).toBeNull();
  });
});

describe('looks whether anything moves', () => {
  test('ask after twenty seconds without a move, and then more and more seldom, within the first hour once a minute', () => {
    expect(looksIn(DAY_MS).slice(0, 4)).toStrictEqual([20_000, 40_000, 60_000, 80_000]);
    const steps = looksIn(60 * MINUTE_MS).map((at, index, all) => at - (all[index - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(MINUTE_MS + 1);
  });

  test('ask for nothing and set one timer a minute while all is well', () => {
    expect(nextLook(100)).toStrictEqual({ ask: false, inMs: MINUTE_MS });
    expect(nextLook(15_000)).toStrictEqual({ ask: false, inMs: 5000 });
  });

  test('fit into one history in a wait of a week', () => {
    const eventsPerLook = 6;
    expect(looksIn(7 * DAY_MS).length * eventsPerLook).toBeLessThan(5000);
  });
});

describe('polls of an export task', () => {
  test.each([1, 30])('that takes %i days fit into one history', (days) => {
    const deadlineMs = days * DAY_MS;
    let polls = 0;
    for (let ageMs = 2000; ageMs < deadlineMs; polls++) ageMs += nextPollMs({ proposedMs: 2000, ageMs, deadlineMs });
    const eventsPerPoll = 11;
    expect(polls * eventsPerPoll).toBeLessThan(2000);
  });

  test('come as the quota proposes while the task is young, and at the deadline at the latest', () => {
    expect(nextPollMs({ proposedMs: 4000, ageMs: 10_000, deadlineMs: DAY_MS })).toBe(4000);
    expect(nextPollMs({ proposedMs: 60_000, ageMs: DAY_MS - 5000, deadlineMs: DAY_MS })).toBe(5000);
  });
});

describe('a state that is passed on', () => {
  test('is never overtaken: the second message leaves when the first has arrived', async () => {
    const { sent, set, arrive } = relay();
    void set(true);
    void set(false);
    expect(sent).toStrictEqual([true]);
    await arrive();
    expect(sent).toStrictEqual([true, false]);
    await arrive();
    expect(sent).toHaveLength(2);
  });

  test('says only the last of what came meanwhile', async () => {
    const { sent, set, arrive } = relay();
    void set(true);
    void set(false);
    void set(true);
    await arrive();
    expect(sent).toStrictEqual([true]);
    void set(false);
    await arrive();
    expect(sent).toStrictEqual([true, false]);
  });
});

function relay() {
  const sent: boolean[] = [];
  const arrivals: (() => void)[] = [];
  let state = false;
  const send = (now: boolean) => {
    sent.push(now);
    return new Promise<void>((resolve) => arrivals.push(resolve));
  };
  const passing = new Relay({ state: () => state, send, said: false });
  const set = (now: boolean) => {
    state = now;
    return passing.catchUp();
  };
  const arrive = async () => {
    arrivals.shift()?.();
    await new Promise(setImmediate);
  };
  return { sent, set, arrive };
}

function looksIn(waitMs: number): number[] {
  const at: number[] = [];
  for (let idleMs = 20_000; idleMs < waitMs; idleMs += nextLook(idleMs).inMs) at.push(idleMs);
  return at;
}
