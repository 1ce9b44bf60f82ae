import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { filesOfTree, ROOT } from './support/tree.ts';

/**
 * What belongs to how and where the project was made, not to the project. Each pattern is written so that it does not
 * match itself.
 */
const PATTERNS: Record<string, RegExp> = {
  'tools that write text': /\b(?:c[l]aude|a[n]thropic|c[h]atgpt|o[p]enai|c[o]pilot|l[l]ms?|a[i][- ]generated)\b/i,
  'the tools in capitals': /\bA[I]\b/,
  'sessions of work': /\b(?:s[u]b-?agents?|coding a[g]ents?|p[r]ompt engineering|h[e]lper sessions?)\b/i,
  'numbers of issues': /\b(?:i[s]sue|t[i]cket|p[r]) ?#\d+/i,
  'folders of one machine': /(?:^|[\s'"`(=:])\/(?:w[o]rk|r[o]ot|U[s]ers|h[o]me\/[a-z])(?:\/|\b)|[A-Z]:\\U[s]ers/m,
  'folders beside the checkout': /\.\.\/s[h]ared\b/,
  'hosts of registries':
    /\b(?:r[e]gistry\.[a-z]|[a-z.-]*p[y]pi\.org|[a-z.-]*n[p]mjs\.(?:org|com)|a[r]tifactory|u[n]pkg\.com)/i,
};

/** Made by npm. */
const LEFT_OUT = new Set(['package-lock.json']);
const BINARY = /\.(?:xlsx|parquet|png|gz|zip|db)$/;

function findingsIn(text: string): string[] {
  return Object.entries(PATTERNS).flatMap(([what, pattern]) => {
    const match = pattern.exec(text);
    return match ? [`${what}: ${match[0].trim()}`] : [];
  });
}

describe('the files of the tree', () => {
  const files = filesOfTree().filter((file) => !LEFT_OUT.has(file) && !BINARY.test(file));

  test('say nothing of how and where they were made', () => {
    expect(files.length).toBeGreaterThan(150);
    const findings = files.flatMap((file) =>
      findingsIn(`${file}\n${readFileSync(ROOT + file, 'utf8')}`).map((finding) => `${file}: ${finding}`),
    );
    expect(findings).toEqual([]);
  });

  test.each([
    ['written with Cl', 'aude'],
    ['as an A', 'I would'],
    ['see is', 'sue #12'],
    ['cd /wo', 'rk/main'],
    ['in "/ro', 'ot/.cache"'],
    ['from https://regis', 'try.example.com/x'],
    ['from ../sha', 'red/house.md'],
  ])('would be found out by "%s%s"', (first, second) => {
    expect(findingsIn(first + second)).toHaveLength(1);
  });

  test.each([
    'ai_note',
    'raise',
    '/workflows/',
    'https://open.feishu.cn/homepage',
    'reissue',
    './work/x',
    'GET /rooms',
  ])('may say "%s"', (text) => {
    expect(findingsIn(text)).toEqual([]);
  });
});
