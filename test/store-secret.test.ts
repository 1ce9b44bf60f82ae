/** The secret of a store: one for all who use it, and for nobody else. */
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FileStore } from '../store/file-store.ts';
import { everythingIn, openerOf, STORE_KINDS, type OpenStore } from './support/store-kinds.ts';

const CLAIM = {
  apiHost: 'https://open.feishu.cn',
  profile: 'default',
  timeZone: 'Asia/Shanghai',
  dayScope: 'feishu-vc',
};

describe.each(STORE_KINDS)('in $name', (kind) => {
  let open: OpenStore;
  beforeAll(() => kind.start());
  afterAll(() => kind.stop());
  beforeEach(async () => {
    open = openerOf(await kind.makePlace());
  });

  test.skipIf(!kind.isHere)('all who ask at once are told the same, and so is whoever comes later', async () => {
    const told = await Promise.all(Array.from({ length: 8 }, () => open().secret()));
    told.push(await open().secret());
    expect(told[0]).toHaveLength(32);
    expect(new Set(told.map((secret) => secret.toString('hex')))).toHaveProperty('size', 1);
  });

  test.skipIf(!kind.isHere)(
    'a store that was claimed before there were secrets gets one at its next claim',
    async () => {
      const store = open();
      await store.writeJson('store.json', { version: 1, apiHost: CLAIM.apiHost, profiles: { default: CLAIM } });
      await store.claim(CLAIM);
      expect(await everythingIn(store)).toContain('secret.json');
    },
  );

  test.skipIf(!kind.isHere)('two stores have two, and one that is restored keeps its own', async () => {
    const [one, other] = [open(), openerOf(await kind.makePlace())()];
    const secret = await one.secret();
    expect(await other.secret()).not.toStrictEqual(secret);
    await other.put('secret.json', await one.read('secret.json'));
    const restored = openerOf(other.uri('secret.json').slice(0, -'/secret.json'.length))();
    expect(await restored.secret()).toStrictEqual(secret);
  });

  test.skipIf(!kind.isHere).each(['not JSON', '{}', '{"version":1,"secret":"short"}', '{"version":1,"secret":7}'])(
    'one that cannot be read is not replaced: %s',
    async (text) => {
      const store = open();
      await store.put('secret.json', text);
      await expect(store.secret()).rejects.toMatchObject({ code: 'damaged' });
      expect(String(await store.read('secret.json'))).toBe(text);
      await store.remove('secret.json');
      expect(await store.secret()).toHaveLength(32);
    },
  );
});

describe.skipIf(process.platform === 'win32')('of a folder alone', () => {
  test('only its owner may read the file, whatever the umask', async () => {
    const root = await mkdtemp(join(tmpdir(), 'store-secret-'));
    const before = process.umask(0);
    try {
      await new FileStore(root).secret();
    } finally {
      process.umask(before);
    }
    expect((await stat(join(root, 'secret.json'))).mode & 0o777).toBe(0o600);
  });
});
