/**
 * A process of its own for the store's tests: `node --import tsx test/store-child.ts <role> <DATA_URL> …`.
 * It says on stdout what it does, a line at a time, and is killed or stopped by the test.
 */
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { commitFiles } from '../store/commit.ts';
import { StoreError } from '../store/errors.ts';
import { openStore } from '../store/open-store.ts';

const [role, dataUrl = '', argument = '', staleAfterMs = '30000', log = ''] = process.argv.slice(2);
const store = openStore(dataUrl, { lockStaleAfterMs: Number(staleAfterMs) });
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Notes in the file `log` when it enters and leaves the critical section, `argument` times. */
async function takeTurns(): Promise<void> {
  for (let turn = 0; turn < Number(argument); turn += 1) {
    await store.withLock('turns', async () => {
      appendFileSync(log, `enter ${process.pid}\n`);
      await sleep(1);
      appendFileSync(log, `leave ${process.pid}\n`);
    });
  }
}

/** Holds the lock `argument`; each line on stdin asks whether it still does. */
async function hold(): Promise<void> {
  await store.withLock(argument, async (lock) => {
    say('held');
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === 'leave') break;
      try {
        await lock.assertHeld();
        say('yes');
      } catch (error) {
        say(error instanceof StoreError ? error.code : String(error));
      }
    }
    // An open pipe would keep the process alive.
    process.stdin.destroy();
  });
}

/** Commits one version of three files after the other, until it is killed. */
async function commitForEver(): Promise<void> {
  for (let version = Number(argument); ; version += 1) {
    const files = [];
    for (const name of ['a', 'b', 'c']) {
      const tempPath = await writeVersion(await store.tempPath(), { name, version });
      files.push({ tempPath, key: `data/${name}` });
    }
    await commitFiles(store, {
      lockKey: 'day',
      files,
      manifestKey: 'manifest.json',
      buildManifest: () => ({ version }),
    });
    say(`committed ${version}`);
  }
}

async function writeVersion(path: string, content: { name: string; version: number }): Promise<string> {
  appendFileSync(path, versionText(content));
  return path;
}

/** Long enough for a torn write to show. */
function versionText({ name, version }: { name: string; version: number }): string {
  return `${name} version ${version}\n`.repeat(5_000);
}

async function claim(): Promise<void> {
  try {
    await store.claim({ apiHost: argument, profile: 'default', timeZone: 'Asia/Shanghai', dayScope: 'q' });
    say('claimed');
  } catch (error) {
    say(error instanceof StoreError ? error.code : String(error));
  }
}

const ROLES: Record<string, () => Promise<void>> = { takeTurns, hold, commitForEver, claim };
await ROLES[role ?? '']?.();
