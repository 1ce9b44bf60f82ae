import { StoreError } from './errors.ts';

/** Key of the file in which a store remembers whose data it holds. */
export const STORE_FILE = 'store.json';

export interface StoreClaim {
  /** Origin of the Feishu API, such as `https://open.feishu.cn`; compared as it is. */
  apiHost: string;
  profile: string;
  /** IANA name of the profile's zone: what a day is. */
  timeZone: string;
  /**
   * Names the profile's days where runs take turns at them. The first claim of a profile decides for all that follow, so
   * that whoever works on this store takes the same turns.
   */
  dayScope: string;
}

export interface StoreIdentity {
  version: 1;
  apiHost: string;
  profiles: Record<string, { timeZone: string; dayScope?: string }>;
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
export async function claimStore(store: ClaimableStore, claim: StoreClaim): Promise<string> {
  // Most claims find themselves remembered already and need no lock.
  const remembered = rememberedScope(await readIdentity(store), claim, store);
  if (remembered !== null) return remembered;
  return await store.withLock(STORE_FILE, async (lock) => {
    const known = await readIdentity(store);
    const scope = rememberedScope(known, claim, store);
    if (scope !== null) return scope;
    const { timeZone, dayScope } = claim;
    const profiles = { ...known?.profiles, [claim.profile]: { timeZone, dayScope } };
    const identity: StoreIdentity = { version: 1, apiHost: claim.apiHost, profiles };
    await lock.assertHeld();
    await store.writeJson(STORE_FILE, identity);
    return dayScope;
  });
}

/** See FileStore.checkClaim. */
export async function checkClaim(store: ClaimableStore, claim: StoreClaim): Promise<void> {
  rememberedScope(await readIdentity(store), claim, store);
}

/** Every profile that a worker of this store has ever claimed; none where the store is new. */
export async function claimedProfiles(store: ClaimableStore): Promise<string[]> {
  return Object.keys((await readIdentity(store))?.profiles ?? {});
}

/** Null where the claim is still to be written down. */
function rememberedScope(known: StoreIdentity | null, claim: StoreClaim, store: ClaimableStore): string | null {
  if (known === null) return null;
  if (known.apiHost !== claim.apiHost) {
    throw refuse(store, `it holds data of ${known.apiHost}, and this process talks to ${claim.apiHost}`);
  }
  if (!Object.hasOwn(known.profiles, claim.profile)) return null;
  const { timeZone: zone, dayScope = null } = known.profiles[claim.profile] ?? {};
  if (zone !== claim.timeZone) {
    const days = `profile ${claim.profile} has its days in zone ${zone}, and is now configured with ${claim.timeZone}`;
    throw refuse(store, days);
  }
  return dayScope;
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
  return Object.values(value.profiles).every((profile) => isProfile(profile));
}

function isProfile(value: unknown): boolean {
  if (!isRecord(value) || typeof value.timeZone !== 'string') return false;
  return value.dayScope === undefined || typeof value.dayScope === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
