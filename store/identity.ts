import { ifPresent, StoreError } from './errors.ts';

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
  /** Whose data the profile's are; absent where the settings do not say. The first that is known is remembered. */
  appId?: string;
  tenantKey?: string;
}

/** What is remembered of a profile; a store of an earlier version knows less. */
type KnownProfile = Pick<StoreClaim, 'timeZone'> & Partial<Pick<StoreClaim, 'dayScope' | Owner>>;
type Owner = keyof typeof OWNERS;

/** What may not change from one claim of a profile to the next, in the words of a person. */
const OWNERS = { appId: 'app', tenantKey: 'tenant' } as const;
const OPTIONAL = ['dayScope', 'appId', 'tenantKey'] as const;

export interface StoreIdentity {
  version: 1;
  apiHost: string;
  profiles: Record<string, KnownProfile>;
}

/** What a claim needs of the store. */
interface ClaimableStore {
  where(key?: string): string;
  readJson(key: string): Promise<unknown>;
  writeJson(key: string, value: unknown): Promise<unknown>;
  withLock<T>(name: string, work: (lock: { assertHeld(): Promise<void> }) => Promise<T>): Promise<T>;
}

/** See Store.claim. */
export async function claimStore(store: ClaimableStore, claim: StoreClaim): Promise<string> {
  // Most claims find themselves remembered already and need no lock.
  const remembered = rememberedScope(await readIdentity(store), claim, store);
  if (remembered !== null) return remembered;
  return await store.withLock(STORE_FILE, async (lock) => {
    const known = await readIdentity(store);
    const scope = rememberedScope(known, claim, store);
    if (scope !== null) return scope;
    const { apiHost, profile, ...claimed } = claim;
    const merged = { ...claimed, ...profileIn(known, profile) };
    const identity: StoreIdentity = { version: 1, apiHost, profiles: { ...known?.profiles, [profile]: merged } };
    await lock.assertHeld();
    await store.writeJson(STORE_FILE, identity);
    return merged.dayScope;
  });
}

/** See Store.checkClaim. */
export async function checkClaim(store: ClaimableStore, claim: StoreClaim): Promise<void> {
  rememberedScope(await readIdentity(store), claim, store);
}

/** Every profile that a worker of this store has ever claimed; none where the store is new. */
export async function claimedProfiles(store: ClaimableStore): Promise<string[]> {
  return Object.keys((await readIdentity(store))?.profiles ?? {});
}

/**
 * Null where something of the claim is still to be written down.
 * @throws StoreError `refused` where it contradicts what is remembered
 */
function rememberedScope(known: StoreIdentity | null, claim: StoreClaim, store: ClaimableStore): string | null {
  if (known === null) return null;
  if (known.apiHost !== claim.apiHost) {
    throw refuse(store, `it holds data of ${known.apiHost}, and this process talks to ${claim.apiHost}`);
  }
  const profile = profileIn(known, claim.profile);
  if (profile === null) return null;
  if (profile.timeZone !== claim.timeZone) {
    const days = `profile ${claim.profile} has its days in zone ${profile.timeZone}, and is now configured with ${claim.timeZone}`;
    throw refuse(store, days);
  }
  for (const [owner, word] of Object.entries(OWNERS) as [Owner, string][]) {
    const [before, now] = [profile[owner], claim[owner]];
    if (before === undefined || now === undefined || before === now) continue;
    const reason = `profile ${claim.profile} holds data of ${word} ${before}, and is now configured with ${now}`;
    const other = `Give ${now} a profile of its own, or where both are of one company remove ${owner} of this profile from ${STORE_FILE}.`;
    throw refuse(store, reason, other);
  }
  const isAllKnown = OPTIONAL.every((name) => claim[name] === undefined || profile[name] !== undefined);
  return isAllKnown ? (profile.dayScope ?? null) : null;
}

function profileIn(known: StoreIdentity | null, name: string): KnownProfile | null {
  return known !== null && Object.hasOwn(known.profiles, name) ? (known.profiles[name] ?? null) : null;
}

function refuse(store: ClaimableStore, reason: string, other = ''): StoreError {
  const advice = 'Use another DATA_URL, or the settings it was made with.';
  const message = `The store ${store.where()} is refused: ${reason}. ${advice}${other && ` ${other}`}`;
  return new StoreError('refused', message, { path: store.where(STORE_FILE) });
}

export async function readIdentity(store: ClaimableStore): Promise<StoreIdentity | null> {
  const value = await ifPresent(() => store.readJson(STORE_FILE));
  if (value === undefined) return null;
  if (isIdentity(value)) return value;
  throw new StoreError('damaged', `${store.where(STORE_FILE)} is not a store description of this version.`, {
    path: store.where(STORE_FILE),
  });
}

function isIdentity(value: unknown): value is StoreIdentity {
  if (!isRecord(value) || value.version !== 1 || typeof value.apiHost !== 'string' || !isRecord(value.profiles))
    return false;
  return Object.values(value.profiles).every((profile) => isProfile(profile));
}

function isProfile(value: unknown): boolean {
  if (!isRecord(value) || typeof value.timeZone !== 'string') return false;
  return OPTIONAL.every((name) => value[name] === undefined || typeof value[name] === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
