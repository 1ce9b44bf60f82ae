import { StoreError } from './errors.ts';

/** Key of the file in which a store remembers whose data it holds. */
export const STORE_FILE = 'store.json';

export interface StoreClaim {
  /** Origin of the Feishu API, such as `https://open.feishu.cn`; compared as it is. */
  apiHost: string;
  profile: string;
  /** IANA name of the profile's zone: what a day is. */
  timeZone: string;
}

export interface StoreIdentity {
  version: 1;
  apiHost: string;
  profiles: Record<string, { timeZone: string }>;
}

/** What a claim needs of the store. */
interface ClaimableStore {
  readonly rootPath: string;
  path(key: string): string;
  exists(key: string): Promise<boolean>;
  readJson(key: string): Promise<unknown>;
  writeJson(key: string, value: unknown): Promise<unknown>;
  withLock<T>(name: string, work: (lock: { assertHeld(): Promise<void> }) => Promise<T>): Promise<T>;
}

/** See FileStore.claim. */
export async function claimStore(store: ClaimableStore, claim: StoreClaim): Promise<void> {
  // Most claims find themselves remembered already and need no lock.
  if (fits(await readIdentity(store), claim, store) === 'remembered') return;
  await store.withLock(STORE_FILE, async (lock) => {
    const known = await readIdentity(store);
    if (fits(known, claim, store) === 'remembered') return;
    const profiles = { ...known?.profiles, [claim.profile]: { timeZone: claim.timeZone } };
    const identity: StoreIdentity = { version: 1, apiHost: claim.apiHost, profiles };
    await lock.assertHeld();
    await store.writeJson(STORE_FILE, identity);
  });
}

function fits(known: StoreIdentity | null, claim: StoreClaim, store: ClaimableStore): 'remembered' | 'new' {
  if (known === null) return 'new';
  if (known.apiHost !== claim.apiHost) {
    throw refuse(store, `it holds data of ${known.apiHost}, and this process talks to ${claim.apiHost}`);
  }
  if (!Object.hasOwn(known.profiles, claim.profile)) return 'new';
  const zone = known.profiles[claim.profile]?.timeZone;
  if (zone !== claim.timeZone) {
    const days = `profile ${claim.profile} has its days in zone ${zone}, and is now configured with ${claim.timeZone}`;
    throw refuse(store, days);
  }
  return 'remembered';
}

function refuse(store: ClaimableStore, reason: string): StoreError {
  const message = `The store ${store.rootPath} is refused: ${reason}. Use another DATA_URL, or the settings it was made with.`;
  return new StoreError('refused', message, { path: store.path(STORE_FILE) });
}

export async function readIdentity(store: ClaimableStore): Promise<StoreIdentity | null> {
  if (!(await store.exists(STORE_FILE))) return null;
  const value = await store.readJson(STORE_FILE);
  if (isIdentity(value)) return value;
  throw new StoreError('damaged', `${store.path(STORE_FILE)} is not a store description of this version.`, {
    path: store.path(STORE_FILE),
  });
}

function isIdentity(value: unknown): value is StoreIdentity {
  if (!isRecord(value) || value.version !== 1 || typeof value.apiHost !== 'string' || !isRecord(value.profiles))
    return false;
  return Object.values(value.profiles).every((profile) => isRecord(profile) && typeof profile.timeZone === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
