import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDataUrl } from '../store/data-url.ts';
import { StoreError } from '../store/errors.ts';
import { FileStore } from '../store/file-store.ts';
import { checkKey, decodeSegment, encodeSegment } from '../store/keys.ts';
import { tempFolder } from './support/temp-folder.ts';

describe('a name from outside becomes one safe segment', () => {
  test.each([
    ['default', 'default'],
    ['ou_7d8a6e-X.y', 'ou_7d8a6e-X.y'],
    ['a/b', 'a%2Fb'],
    ['a\\b', 'a%5Cb'],
    ['.', '%2E'],
    ['..', '%2E%2E'],
    ['../../etc', '%2E.%2F..%2Fetc'],
    ['.hidden', '%2Ehidden'],
    ['dot.', 'dot%2E'],
    ['day=1', 'day%3D1'],
    ['50%', '50%25'],
    ['a b\n\u0000', 'a%20b%0A%00'],
    ["it's*(~)!", 'it%27s%2A%28%7E%29%21'],
    ['会议', '%E4%BC%9A%E8%AE%AE'],
    ['CON', '%43ON'],
    ['com1.txt', '%63om1.txt'],
    ['console', 'console'],
    ['', '%empty'],
  ])('%j is %j', (text, encoded) => {
    expect(encodeSegment(text)).toBe(encoded);
    expect(decodeSegment(encoded)).toBe(text);
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ unit: fc.constantFrom('.', '/', '%', '=', '~', '2', 'E', 'a', '\uD800', '\u0000', '\uFFFD') }),
  );

  test('whatever the text, the segment is a legal key and no temporary or hidden file', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const encoded = encodeSegment(text);
        expect(checkKey(`profile=${encoded}/${encoded}`)).toMatch(/^profile=[\w%.~-]+\/[\w%.~-]+$/);
        expect(encoded.length).toBeLessThanOrEqual(120);
        const decoded = decodeSegment(encoded);
        expect([text, undefined]).toContain(decoded);
      }),
    );
  });

  test('different texts never share a segment', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(encodeSegment(a) === encodeSegment(b)).toBe(a === b);
      }),
    );
  });

  test('long texts that differ only at their end stay apart, and no escape is cut in two', () => {
    for (let length = 100; length < 140; length += 1) {
      const long = 'x'.repeat(length) + '会'.repeat(40);
      const encoded = encodeSegment(`${long}a`);
      expect(encoded).not.toBe(encodeSegment(`${long}b`));
      expect(encoded).toMatch(/^(?:[\w.-]|%[0-9A-F]{2})+~[0-9a-f]{32}$/);
    }
  });
});

describe('a key that is no plain relative path is refused', () => {
  test.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../../x',
    'a/./b',
    'a//b',
    'a/',
    'a\\..\\b',
    'C:/x',
    'a\u0000b',
    '.tmp-1',
    'a/.locks/b',
    'x'.repeat(256),
  ])('%j', async (key) => {
    const root = await tempFolder();
    const store = new FileStore(join(root, 'inner'));
    await store.prepare();
    for (const attempt of [
      () => store.put(key, 'x'),
      () => store.read(key),
      () => store.remove(key),
      () => store.withLock(key, async () => {}),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ name: 'StoreError', code: 'refused' });
    }
  });

  test('listing by a prefix that leaves the root is refused', async () => {
    const store = new FileStore(await tempFolder());
    await expect(store.list('../').next()).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('DATA_URL', () => {
  test.each([
    ['file:./data', resolve('data')],
    ['file:data', resolve('data')],
    ['file:/srv/data', '/srv/data'],
    ['file:///srv/my%20data', '/srv/my data'],
    ['FILE:///srv/data/', '/srv/data/'],
    [pathToFileURL('/a/ü b').href, '/a/ü b'],
  ])('%s is the folder %s', (url, root) => {
    expect(parseDataUrl(url)).toEqual({ kind: 'folder', path: root });
  });

  test.each([
    ['s3://bucket', ''],
    ['s3://bucket/', ''],
    ['s3://bucket/prefix', 'prefix/'],
    ['S3://bucket/a/b/', 'a/b/'],
    ['s3://bucket/100%25', '100%25/'],
  ])('%s is the bucket, with the prefix %j', (url, prefix) => {
    expect(parseDataUrl(url)).toEqual({ kind: 'bucket', bucket: 'bucket', prefix });
  });

  test.each([
    './data',
    '/srv/data',
    '',
    'file:',
    's3://key:hunter2@bucket/x',
    's3:bucket',
    's3://',
    's3://Bucket',
    's3://bucket/../hunter2',
    's3://bucket//x',
    'postgres://u:hunter2@h/db',
    'file://server/share',
    'file:./100%',
  ])('%j is refused with the supported form, and without repeating a secret', (url) => {
    const error = catchError(() => parseDataUrl(url));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'refused', message: expect.stringContaining('file:./data') });
    expect(String(error)).not.toContain('hunter2');
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
