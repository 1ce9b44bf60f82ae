/**
 * Log-ins of users that last, and tickets of store apps: where they lie, and how they are renewed.
 *
 * ```ts
 * const vault = openVault({ url: 'file:./grants', key: null });
 * const tokens = new GrantTokens({ vault, profile: 'hq', apiHost, appId, client, refetch: null });
 * const token = await tokens.get();
 * ```
 */
export { GrantTokens } from './grant-tokens.ts';
export { readGrant, removeGrant, storeConsent } from './grant.ts';
export type { Grant } from './grant.ts';
export { holdingSignals } from './hold-signals.ts';
export { openVault, vaultPlace } from './open-vault.ts';
export { readTicket, writeTicket } from './tickets.ts';
export type { Vault } from './vault.ts';
