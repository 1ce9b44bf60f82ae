import { StoreError } from './errors.js';
/** Key of the file in which a store remembers whose data it holds. */
export const STORE_FILE = 'store.json';
/** See FileStore.claim. */
export async function claimStore(store, claim) {
    // Most claims find themselves remembered already and need no lock.
    const remembered = rememberedScope(await readIdentity(store), claim, store);
    if (remembered !== null)
        return remembered;
    return await store.withLock(STORE_FILE, async (lock) => {
        const known = await readIdentity(store);
        const scope = rememberedScope(known, claim, store);
        if (scope !== null)
            return scope;
        const { timeZone, dayScope } = claim;
        const profiles = { ...known?.profiles, [claim.profile]: { timeZone, dayScope } };
        const identity = { version: 1, apiHost: claim.apiHost, profiles };
        await lock.assertHeld();
        await store.writeJson(STORE_FILE, identity);
        return dayScope;
    });
}
/** Null where the claim is still to be written down. */
function rememberedScope(known, claim, store) {
    if (known === null)
        return null;
    if (known.apiHost !== claim.apiHost) {
        throw refuse(store, `it holds data of ${known.apiHost}, and this process talks to ${claim.apiHost}`);
    }
    if (!Object.hasOwn(known.profiles, claim.profile))
        return null;
    const { timeZone: zone, dayScope = null } = known.profiles[claim.profile] ?? {};
    if (zone !== claim.timeZone) {
        const days = `profile ${claim.profile} has its days in zone ${zone}, and is now configured with ${claim.timeZone}`;
        throw refuse(store, days);
    }
    return dayScope;
}
function refuse(store, reason) {
    const message = `The store ${store.rootPath} is refused: ${reason}. Use another DATA_URL, or the settings it was made with.`;
    return new StoreError('refused', message, { path: store.path(STORE_FILE) });
}
async function readIdentity(store) {
    if (!(await store.exists(STORE_FILE)))
        return null;
    const value = await store.readJson(STORE_FILE);
    if (isIdentity(value))
        return value;
    throw new StoreError('damaged', `${store.path(STORE_FILE)} is not a store description of this version.`, {
        path: store.path(STORE_FILE),
    });
}
function isIdentity(value) {
    if (!isRecord(value) || value.version !== 1 || typeof value.apiHost !== 'string' || !isRecord(value.profiles))
        return false;
    return Object.values(value.profiles).every((profile) => isProfile(profile));
}
function isProfile(value) {
    if (!isRecord(value) || typeof value.timeZone !== 'string')
        return false;
    return value.dayScope === undefined || typeof value.dayScope === 'string';
}
function isRecord(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
//# sourceMappingURL=identity.js.map