/** Three workers share one log-in whose access tokens live five seconds; they are killed while they export a day as that user. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readGrant } from '../logins/index.ts';
import { FileVault } from '../logins/file-vault.ts';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { logIn } from './support/login.ts';
import { startProduct } from './support/product.ts';

const cli = await temporalCli();
const DAY = '2025-03-04';
const KILLS = 4;
const BETWEEN_KILLS = 40;
const PATIENCE_MS = 400_000;

test.skipIf(!cli)(
  'a day of some 300 calls is complete, by one consent, whatever is killed',
  async () => {
    const product = await startProduct({
      cli: cli!,
      workers: 0,
      sandbox: {
        ...SMALL,
        accessTokenMs: 5000,
        meetingsPerDay: 24,
        participantsPerMeeting: 10,
        longMeetings: false,
        emptyDays: false,
      },
    });
    try {
      const { sandbox } = product;
      const grants = join(product.dir, 'grants');
      const vault = new FileVault({ folder: grants, key: null });
      const login = () =>
        logIn({ url: sandbox.url, vault, scopes: ['vc:export', 'vc:rooms.room.detailinfo:read', 'offline_access'] });
      await login();
      // Eight calls a second of each endpoint: the day takes several lives of a token.
      const settings = { FEISHU_IDENTITY: 'user', FEISHU_GRANTS_URL: `file:${grants}`, FEISHU_RATE_LIMIT: '8/1s' };
      for (let n = 0; n < 3; n++) await product.startWorker(settings);
      const run = await product.client.start('exportDay', { day: DAY });
      const ended = run.result();
      const over = { yet: false };
      const note = (): void => void (over.yet = true);
      ended.then(note, note);
      let lost = 0;
      /** A kill between Feishu's answer and the disk costs a consent; nothing else may. */
      const renewWhereLost = async (): Promise<void> => {
        const broken = (await readGrant(vault, 'default'))?.grant.broken ?? null;
        if (broken === null) return;
        expect(broken.reason).toMatch(/^a lost answer: /);
        lost++;
        await login();
      };
      const asked = (): number => sandbox.ledger.calls.filter(({ endpoint }) => endpoint === 'L3').length;
      for (let kill = 1; kill <= KILLS; kill++) {
        while (asked() < kill * BETWEEN_KILLS && !over.yet) {
          await renewWhereLost();
          await sleep(100);
        }
        const victim = product.workers.at(-3);
        process.kill(victim!.pid!, 'SIGKILL');
        await victim!.exited;
        await product.startWorker(settings);
      }
      while ((await Promise.race([ended, sleep(200, null)])) === null) await renewWhereLost();
      const { complete, gaps, units } = await ended;
      expect({ complete, gaps, failed: units['failed'] ?? 0 }).toEqual({ complete: true, gaps: [], failed: 0 });
      expect(asked()).toBeGreaterThan(BETWEEN_KILLS * KILLS);
      expect(sandbox.ledger.calls.filter(({ endpoint }) => /^[EL]/.test(endpoint)).length).toBeGreaterThan(200);
      expect(sandbox.logins.refreshes).toBeGreaterThan(KILLS);
      expect(sandbox.logins.consents).toBe(1 + lost);
      expect(sandbox.logins.refused).toHaveLength(lost);
      expect(new Set(sandbox.ledger.tasks.map(({ owner }) => owner))).toEqual(new Set(['user:ou_sandbox_admin']));

      const { grant } = (await readGrant(vault, 'default'))!;
      expect(grant.broken).toBeNull();
      const logs = await Promise.all(product.workers.map((worker) => readFile(worker.logFile!, 'utf8')));
      const said = logs.join('\n') + JSON.stringify(await run.progress().catch(() => ({})));
      expect(said).not.toMatch(/\bu-[0-9a-f]{20}/);
      expect(said).not.toContain(grant.refresh_token);
    } finally {
      await product.stop();
    }
  },
  PATIENCE_MS,
);
