/**
 * A secret of the store, for what may leave it only as a keyed hash. Whoever may read the store may read it; nobody else can
 * try out what such a hash is of. A store that is restored from a backup keeps it.
 */
import { randomBytes } from 'node:crypto';
import { ifPresent, StoreError } from './errors.ts';

/** Beside `store.json`. */
const SECRET_FILE = 'secret.json';
const SECRET_BYTES = 32;

/** What it needs of the store. */
interface SecretKeeper {
  where(key?: string): string;
  readJson(key: string): Promise<unknown>;
  writeJson(key: string, value: unknown, options: { replacing: null; ownerOnly: true }): Promise<unknown>;
  withLock<T>(name: string, work: (lock: { assertHeld(): Promise<void> }) => Promise<T>): Promise<T>;
}

/** Made where the store has none yet, once however many ask for it: as many as make it write it where none is. */
export async function storeSecret(store: SecretKeeper): Promise<Buffer> {
  const known = await readSecret(store);
  if (known !== null) return known;
  return await store.withLock(SECRET_FILE, async (lock) => {
    const made = await readSecret(store);
    if (made !== null) return made;
    const secret = randomBytes(SECRET_BYTES);
    await lock.assertHeld();
    const file = { version: 1, secret: secret.toString('base64url') };
    await store.writeJson(SECRET_FILE, file, { replacing: null, ownerOnly: true });
    return secret;
  });
}

/** Null where there is none. @throws StoreError `damaged` */
async function readSecret(store: SecretKeeper): Promise<Buffer | null> {
  const file = await ifPresent(() => store.readJson(SECRET_FILE));
  if (file === undefined) return null;
  const secret = secretIn(file);
  if (secret?.length === SECRET_BYTES) return secret;
  const path = store.where(SECRET_FILE);
  const next = 'Bring it back from a backup, or remove it: another one is made then, and runs under way ask again.';
  throw new StoreError('damaged', `${path} is not the secret of a store. ${next}`, { path });
}

function secretIn(file: unknown): Buffer | null {
  if (typeof file !== 'object' || file === null || !('secret' in file) || typeof file.secret !== 'string') return null;
  return Buffer.from(file.secret, 'base64url');
}
