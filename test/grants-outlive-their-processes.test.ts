/** Three processes share one log-in whose access tokens live seconds and whose refresh tokens work once; they are killed at any moment. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { readGrant } from '../logins/index.ts';
import { startSandbox, type Sandbox } from '../sandbox/index.ts';
import { portOf } from './support/feishu-server.ts';
import { logIn, testVault, type TestVault } from './support/login.ts';

const CHILD = fileURLToPath(new URL('grant-child.ts', import.meta.url));
const USES = 300;
const KILLS = 8;
/** So many at least, however fast the machine makes its uses. */
const REFRESHES = 4;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function world(
  options: Parameters<typeof startSandbox>[0] = {},
): Promise<{ sandbox: Sandbox; place: TestVault }> {
  const sandbox = await startSandbox({ rateLimit: 'off', accessTokenMs: 3000, ...options });
  const place = await testVault();
  closing.push(
    () => place.remove(),
    () => sandbox.close(),
  );
  return { sandbox, place };
}

interface Child {
  process: ChildProcess;
  lines: string[];
}

function startChild(o: { sandbox: string; tokenHost?: string; folder: string; version: string }): Child {
  const args = ['--import', 'tsx', CHILD, o.sandbox, o.tokenHost ?? o.sandbox, o.folder, o.version];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  closing.push(() => child.kill('SIGKILL'));
  return { process: child, lines };
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 2000; looks++) {
    if (await isTrue()) return;
    await sleep(50);
  }
  throw new Error(`never came: ${what}`);
}

const usesIn = (lines: readonly string[]): number => lines.filter((line) => line === 'used as ou_sandbox_admin').length;

describe('a log-in that three processes share', () => {
  test.each([
    ['v2', {}],
    ['v3', {}],
    ['v3', { faults: [{ on: 'A8' as const, kind: '500' as const }] }],
  ])('outlives kills at random moments, by %s with %j', async (version, options) => {
    const { sandbox, place } = await world(options);
    await logIn({ url: sandbox.url, vault: place.vault, version: version === 'v3' ? 'v3' : 'v2' });
    const child = () => startChild({ sandbox: sandbox.url, folder: place.folder, version });
    const children = [child(), child(), child()];
    const all = [...children];
    const uses = (): number => all.reduce((sum, { lines }) => sum + usesIn(lines), 0);
    let lost = 0;
    /** A kill between Feishu's answer and the disk costs a consent; nothing else may. */
    const renewWhereLost = async (): Promise<void> => {
      const broken = (await readGrant(place.vault, 'default'))?.grant.broken ?? null;
      if (broken === null) return;
      expect(broken.reason).toMatch(/^a lost answer: /);
      lost++;
      await logIn({ url: sandbox.url, vault: place.vault, version: version === 'v3' ? 'v3' : 'v2' });
    };
    for (let kill = 1; kill <= KILLS; kill++) {
      const before = uses();
      await until(`uses before kill ${kill}`, async () => {
        await renewWhereLost();
        return uses() >= before + 15;
      });
      await sleep(Math.random() * 1500);
      const at = kill % children.length;
      children[at]?.process.kill('SIGKILL');
      const next = child();
      children[at] = next;
      all.push(next);
    }
    await until(`${USES} uses and ${REFRESHES} refreshes`, async () => {
      await renewWhereLost();
      return uses() >= USES && sandbox.logins.refreshes >= REFRESHES;
    });

    const { grant } = (await readGrant(place.vault, 'default'))!;
    expect(grant.broken).toBeNull();
    expect(sandbox.logins.consents).toBe(1 + lost);
    expect(lost).toBeLessThanOrEqual(KILLS);
    // No refresh token was ever used twice but those whose answer a kill has lost.
    expect(sandbox.logins.refused).toHaveLength(lost);
    expect(grant.oauth).toBe(version === 'v3' && !('faults' in options) ? 'v3' : 'v2');
    const said = all.flatMap(({ lines }) => lines).join('\n');
    expect(said).not.toContain(grant.refresh_token);
    expect(said).not.toContain(grant.access_token);
    expect(said).not.toContain('used elsewhere');
  });

  test('that a kill has cut between the answer and the disk says so, and costs one consent', async () => {
    const { sandbox, place } = await world();
    await logIn({ url: sandbox.url, vault: place.vault });
    let victim: Child | undefined;
    // Stands before the token endpoint: the answer arrives here, and the process that waits for it dies.
    const proxy = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const answer = await fetch(sandbox.url + request.url, {
          method: 'POST',
          headers: { 'content-type': request.headers['content-type'] ?? '' },
          body: Buffer.concat(chunks),
        });
        const body = await answer.text();
        if (victim) {
          victim.process.kill('SIGKILL');
          victim = undefined;
          return response.destroy();
        }
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(body);
      })();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(
      () => proxy.closeAllConnections(),
      () => proxy.close(),
    );
    const tokenHost = `http://127.0.0.1:${portOf(proxy.address())}`;
    const start = () => startChild({ sandbox: sandbox.url, tokenHost, folder: place.folder, version: 'v2' });
    const first = start();
    victim = first;
    await until('the kill', () => first.process.killed);
    expect(sandbox.logins.refreshes).toBe(1);

    const second = start();
    await until('the word of what happened', () => second.lines.some((line) => line.includes('feishu-vc login')));
    expect(second.lines.find((line) => line.includes('feishu-vc login'))).toMatch(
      /ActionNeededError feishu-vc login --profile default: a lost answer: the refresh that was under way since .* \(process \d+ on .*\) did not end/,
    );
    expect(sandbox.logins.refused).toEqual([20073]);
    const kept = (await readGrant(place.vault, 'default'))!.grant;
    expect([kept.refresh_token, kept.broken?.code]).toEqual([expect.stringMatching(/./), 20073]);

    await logIn({ url: sandbox.url, vault: place.vault });
    const before = usesIn(second.lines);
    await until('uses after the new log-in', () => usesIn(second.lines) > before);
    expect(sandbox.logins.consents).toBe(2);
    expect([...first.lines, ...second.lines].join('\n')).not.toContain(kept.refresh_token);
  });
});
