import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { afterAll, describe, expect, test } from 'vitest';
import { SealingCodec } from '../temporal/payload-codec.ts';
import { payloadKeysIn, type SealingKey } from '../temporal/payload-keys.ts';
import { readSettings } from '../worker/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'payload-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const base64 = (): string => randomBytes(32).toString('base64');
const KEYS = { old: base64(), new: base64() };

function keysOf(text: string): SealingKey[] {
  const { keys, problems } = payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS: text });
  expect(problems).toEqual([]);
  return keys;
}

const codecOf = (text: string): SealingCodec => new SealingCodec(keysOf(text));
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (found: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(found!);

describe('a payload', () => {
  const name = { participant: 'ou_1234567890', path: 'file:///data/raw' };

  test('that is sealed shows its key id and nothing of its value, twice not alike, and opens whole', async () => {
    const codec = codecOf(`old:${KEYS.old}`);
    const [once, again] = await codec.encode([payload(name), payload(name)]);
    expect(Buffer.from(once!.metadata!['encryption-key-id']!).toString()).toBe('old');
    expect(Buffer.from(once!.data!).toString('latin1')).not.toMatch(/ou_|raw|json/);
    expect(Buffer.from(once!.data!)).not.toEqual(Buffer.from(again!.data!));
    expect((await codec.decode([once!, again!])).map(valueOf)).toEqual([name, name]);
  });

  test.each([undefined, null, '', 0, new Uint8Array([1, 2])])('of %s opens as it was', async (value) => {
    const codec = codecOf(`old:${KEYS.old}`);
    const [opened] = await codec.decode(await codec.encode([payload(value)]));
    expect(valueOf(opened)).toStrictEqual(value);
  });

  test('of before the codec is read with it, and a sealed one after it is switched to another key', async () => {
    const rotated = codecOf(`new:${KEYS.new},old:${KEYS.old}`);
    const [sealed] = await codecOf(`old:${KEYS.old}`).encode([payload('before')]);
    const [clear, opened] = await rotated.decode([payload('clear'), sealed!]);
    expect([valueOf(clear), valueOf(opened)]).toEqual(['clear', 'before']);
    const [now] = await rotated.encode([payload('now')]);
    await expect(codecOf(`old:${KEYS.old}`).decode([now!])).rejects.toThrow('"new"');
  });

  test('whose key is not there, is another one, or that is damaged names the key id', async () => {
    const [sealed] = await codecOf(`old:${KEYS.old}`).encode([payload(name)]);
    const notHere = 'was sealed with the key "old", which TEMPORAL_PAYLOAD_KEYS does not have here';
    await expect(new SealingCodec([]).decode([sealed!])).rejects.toThrow(notHere);
    await expect(codecOf(`new:${KEYS.new}`).decode([sealed!])).rejects.toThrow(notHere);
    await expect(codecOf(`old:${KEYS.new}`).decode([sealed!])).rejects.toThrow('does not open with the key "old"');
    for (const bytes of [0, 5, 20, sealed!.data!.length - 1]) {
      const cut = { ...sealed!, data: sealed!.data!.subarray(0, bytes) };
      await expect(codecOf(`old:${KEYS.old}`).decode([cut])).rejects.toThrow('does not open with the key "old"');
    }
  });

  test('stays in clear where no key is set', async () => {
    const clear = payload(name);
    expect(await new SealingCodec(keysOf('')).encode([clear])).toEqual([clear]);
  });
});

describe('the keys', () => {
  test('come from a file too, a line each', () => {
    const path = join(folder, 'keys.txt');
    writeFileSync(path, `new:${KEYS.new}\nold:${KEYS.old}\n`);
    const { keys } = payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS_FILE: path });
    expect(keys.map(({ id }) => id)).toEqual(['new', 'old']);
  });

  test.each([
    ['no id', base64()],
    ['a key that is too short', `a:${randomBytes(16).toString('base64')}`],
    ['something after the key', `a:${base64()}x`],
    ['an id with a blank', `a b:${base64()}`],
  ])('with %s are refused without being quoted', (_, text) => {
    const [problem = '', ...more] = payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS: text }).problems;
    expect(more).toEqual([]);
    expect(problem).toMatch(/^TEMPORAL_PAYLOAD_KEYS: takes ID:KEY/);
    expect(problem).not.toContain(text.slice(-20));
  });

  test('that are given and name no key are refused, since nothing would be sealed', () => {
    const path = join(folder, 'empty');
    for (const text of ['', '\n', ' , ']) {
      writeFileSync(path, text);
      expect(payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS_FILE: path }).problems).toEqual([
        expect.stringContaining('names no key'),
      ]);
    }
    expect(payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS: ' , ' }).problems).toHaveLength(1);
    expect(payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS: '' }).problems).toEqual([]);
  });

  test('of one id twice are refused', () => {
    const text = `a:${base64()},b:${base64()},a:${base64()}`;
    expect(payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS: text }).problems).toEqual(['TEMPORAL_PAYLOAD_KEYS: names a twice']);
  });

  test('that were pasted into the setting of their file do not come back', () => {
    const pasted = `a:${base64()}`;
    const { problems } = payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS_FILE: pasted });
    expect(problems).toEqual(['TEMPORAL_PAYLOAD_KEYS_FILE: cannot be read (ENOENT); it takes the path of a file']);
  });

  test('that are wrong are named with all else that is wrong with the settings of a worker', () => {
    expect(() => readSettings({ TEMPORAL_PAYLOAD_KEYS: 'wrong', LOG_LEVEL: 'loud' })).toThrow(
      /TEMPORAL_PAYLOAD_KEYS: takes[\s\S]*LOG_LEVEL/,
    );
  });
});
