import { afterEach, describe, expect, it } from 'vitest';
import { FixedToken, givenSecret, TenantTokens } from '../feishu/index.ts';
import { errorOf, sendJson, serve } from './support/feishu-server.ts';
import type { FeishuServer } from './support/feishu-server.ts';

let server: FeishuServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Both clocks, set by the test; sleeping moves them. */
function testClock() {
  const clock = {
    monotonic: 5_000,
    wall: 1_777_000_000_000,
    slept: [] as number[],
    monotonicMs: () => clock.monotonic,
    wallMs: () => clock.wall,
    sleep(ms: number) {
      clock.slept.push(ms);
      clock.pass(ms);
      return Promise.resolve();
    },
    pass(ms: number) {
      clock.monotonic += ms;
      clock.wall += ms;
    },
  };
  return clock;
}

/** A tenant whose token calls answer in turn; the last answer repeats. */
async function tenant(...answers: { token: string; expire: number }[]) {
  let calls = 0;
  const host = await serve((response) => {
    const answer = answers[Math.min(calls, answers.length - 1)];
    calls += 1;
    sendJson(response, { code: 0, msg: 'ok', tenant_access_token: answer?.token, expire: answer?.expire });
  });
  server = host;
  const clock = testClock();
  const tokens = new TenantTokens({
    client: host.client,
    appId: 'cli_a',
    secret: givenSecret('FEISHU_APP_SECRET', 'secret'),
    clock,
  });
  return { tokens, clock, calls: () => calls };
}

const SECOND = 1000;
const first = { token: 't-first', expire: 7200 };
const second = { token: 't-second', expire: 7200 };

describe('tenant tokens', () => {
  it('are fetched once for callers that ask at the same time', async () => {
    const { tokens, calls } = await tenant(first, second);
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.get()));
    expect([new Set(all), calls()]).toEqual([new Set(['t-first']), 1]);
    expect(tokens.fixed).toBe(false);
  });

  it('are used until three minutes before their end', async () => {
    const { tokens, clock, calls } = await tenant(first, second);
    await tokens.get();
    clock.pass(7020 * SECOND - 1);
    expect(await tokens.get()).toBe('t-first');
    clock.pass(1);
    expect(await tokens.get()).toBe('t-second');
    expect(calls()).toBe(2);
  });

  it.each(['monotonic', 'wall'] as const)('are too old when the %s clock alone says so', async (which) => {
    const { tokens, clock } = await tenant(first, second);
    await tokens.get();
    clock[which] += 7020 * SECOND;
    expect(await tokens.get()).toBe('t-second');
  });

  it('are not kept alive by a wall clock that was set back', async () => {
    const { tokens, clock } = await tenant(first, second);
    await tokens.get();
    clock.wall -= 86_400 * SECOND;
    clock.monotonic += 7020 * SECOND;
    expect(await tokens.get()).toBe('t-second');
  });

  it('with less than the margin left are used for half of their rest', async () => {
    const { tokens, clock, calls } = await tenant({ token: 't-old', expire: 100 }, second);
    expect(await tokens.get()).toBe('t-old');
    clock.pass(50 * SECOND - 1);
    expect(await tokens.get()).toBe('t-old');
    expect(calls()).toBe(1);
    clock.pass(1);
    expect(await tokens.get()).toBe('t-second');
  });

  it('are fetched again after a drop, once for all callers whose calls failed', async () => {
    const { tokens, clock, calls } = await tenant(first, second);
    const dead = await tokens.get();
    clock.pass(60 * SECOND);
    const replacements = await Promise.all(
      Array.from({ length: 10 }, () => {
        tokens.drop(dead);
        return tokens.get();
      }),
    );
    expect([new Set(replacements), calls()]).toEqual([new Set(['t-second']), 2]);
  });

  it('stay when a caller drops one that was replaced already', async () => {
    const { tokens, clock, calls } = await tenant(first, second);
    tokens.drop(await tokens.get());
    clock.pass(60 * SECOND);
    await tokens.get();
    tokens.drop('t-first');
    expect(await tokens.get()).toBe('t-second');
    expect(calls()).toBe(2);
  });

  it('that Feishu hands out again although they are dead are fetched at most once a second', async () => {
    const { tokens, clock, calls } = await tenant(first);
    const startedAt = clock.monotonic;
    for (let i = 0; i < 10; i += 1) tokens.drop(await tokens.get());
    expect(calls()).toBe(10);
    expect(clock.monotonic - startedAt).toBeGreaterThanOrEqual(9 * SECOND);
  });

  it('that cannot be fetched reject every waiting caller, and the next one asks again', async () => {
    let calls = 0;
    const host = await serve((response) => {
      calls += 1;
      if (calls === 1) sendJson(response, { code: 10014, msg: 'app secret invalid' });
      else sendJson(response, { code: 0, tenant_access_token: 't-late', expire: 7200 });
    });
    server = host;
    const clock = testClock();
    const tokens = new TenantTokens({
      client: host.client,
      appId: 'cli_a',
      secret: givenSecret('FEISHU_APP_SECRET', 'wrong'),
      clock,
    });
    const errors = await Promise.all([errorOf(tokens.get()), errorOf(tokens.get())]);
    expect(errors.map((error) => error.kind)).toEqual(['credentials', 'credentials']);
    expect(await tokens.get()).toBe('t-late');
    expect([calls, clock.slept.length]).toEqual([2, 1]);
  });
});

describe('a fixed token', () => {
  it('stays, and says that there is no other', async () => {
    const token = new FixedToken(givenSecret('FEISHU_USER_ACCESS_TOKEN', 'u-user'));
    token.drop();
    expect([await token.get(), token.fixed]).toEqual(['u-user', true]);
  });
});
