import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import * as fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readSettings } from '../worker/config.ts';
import { buildDeps } from '../worker/deps.ts';
import { sealing } from '../worker/sealing.ts';

const SALT = 'https://open.feishu.cn cli_a';
const ABOUT = 'file of task 7111325589855797267';

test('a sealed text opens with the same secret and app, and about the same thing alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, other) => {
      fc.pre(other !== ABOUT);
      const { seal, unseal } = sealing({ secret: 's', salt: SALT });
      const sealed = seal(text, ABOUT);
      expect(unseal(sealed, ABOUT)).toBe(text);
      expect(unseal(sealed, other)).toBeNull();
      expect(sealing({ secret: 's2', salt: SALT }).unseal(sealed, ABOUT)).toBeNull();
      expect(sealing({ secret: 's', salt: 'https://open.feishu.cn cli_b' }).unseal(sealed, ABOUT)).toBeNull();
    }),
  );
});

test('no text is sealed like another one, nor like itself about something else', () => {
  const { seal } = sealing({ secret: 's', salt: SALT });
  const sealed = [seal('a', 'x'), seal('b', 'x'), seal('a', 'y'), seal('', 'x'), seal('x', 'a')];
  expect(new Set(sealed.map((each) => each.slice(0, 16))).size).toBe(sealed.length);
  expect(seal('a', 'x')).toBe(sealed[0]);
});

test('what is cut, changed or not sealed at all does not open', () => {
  const { seal, unseal } = sealing({ secret: 's', salt: SALT });
  const sealed = seal('boxcnrHpsg1QDqXAAAyachabcef', ABOUT);
  const changed = `${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'B' : 'A'}`;
  for (const text of ['', 'x', sealed.slice(0, 20), sealed.slice(1), `A${sealed.slice(1)}x`, changed, 'boxcn/+==']) {
    expect(unseal(text, ABOUT)).toBeNull();
  }
});

test('what one profile has sealed opens for no other, also where both are of one app', async () => {
  const app = { FEISHU_APP_ID: 'cli_a', FEISHU_APP_SECRET: 's' };
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-seals-'));
  const file = join(folder, 'profiles.json');
  await writeFile(file, JSON.stringify({ a: app, b: app }));
  const settings = readSettings({ FEISHU_PROFILES: file, DATA_URL: `file://${folder}/data` });
  const { deps, close } = buildDeps(settings, { client: {} as Client, logger: pino({ enabled: false }) });
  const [a, b] = [deps.profile('a')!, deps.profile('b')!];
  expect(a.unseal(a.seal('token', ABOUT), ABOUT)).toBe('token');
  expect(b.unseal(a.seal('token', ABOUT), ABOUT)).toBeNull();
  await close();
  await rm(folder, { recursive: true });
});
