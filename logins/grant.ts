/** What a log-in left: a user's tokens, and how they stand. Kept as JSON; times are unix milliseconds. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { UserTokens } from '../feishu/index.ts';
import { StoreError } from '../store/errors.ts';
import { readIfOpen, type Vault } from './vault.ts';

const grantSchema = z.object({
  version: z.literal(1),
  api_host: z.string(),
  app_id: z.string(),
  user: z.object({ open_id: z.string().nullable(), name: z.string().nullable() }),
  scopes: z.array(z.string()),
  /** The endpoint that gave the tokens: v2 takes only its own. */
  oauth: z.enum(['v2', 'v3']),
  access_token: z.string(),
  access_since: z.number(),
  access_expires_at: z.number(),
  /** Null where offline_access was not granted: the log-in ends with its access token. */
  refresh_token: z.string().nullable(),
  refresh_expires_at: z.number().nullable(),
  consented_at: z.number(),
  refreshed_at: z.number(),
  refreshes: z.number(),
  /** A refresh that was let go and is not known to have ended. `token`: hash of the refresh token that it uses up. */
  under_way: z.object({ token: z.string(), since: z.number(), by: z.string() }).nullable(),
  /** Why only a person can go on. The tokens stay: nothing is deleted on an error. */
  broken: z.object({ at: z.number(), code: z.number().nullable(), reason: z.string() }).nullable(),
});
export type Grant = z.infer<typeof grantSchema>;

export interface StoredGrant {
  grant: Grant;
  /** Version of the document. */
  number: number;
}

/** The name under which a profile's grant is kept. */
export const grantName = (profile: string): string => `grant-${profile}`;

export async function readGrant(vault: Vault, profile: string): Promise<StoredGrant | null> {
  const version = await vault.read(grantName(profile));
  if (version === null) return null;
  const parsed = grantSchema.safeParse(jsonIn(version.text));
  if (parsed.success) return { grant: parsed.data, number: version.number };
  // Without the values: they are tokens.
  throw new StoreError('damaged', `The grant of profile ${profile} cannot be read: log in again to replace it.`);
}

/** Null for what is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** @returns false where another process has written meanwhile */
export async function writeGrant(vault: Vault, profile: string, { grant, number }: StoredGrant): Promise<boolean> {
  return await vault.swap(grantName(profile), { number, text: JSON.stringify(grant) });
}

export interface Consent {
  apiHost: string;
  appId: string;
  user: Grant['user'];
  tokens: UserTokens;
  /** When the tokens were asked for. */
  atMs: number;
}

/** A fresh log-in replaces whatever was there. */
export async function storeConsent(vault: Vault, profile: string, consent: Consent): Promise<Grant> {
  const { apiHost, appId, user, tokens, atMs } = consent;
  const grant: Grant = {
    version: 1,
    api_host: apiHost,
    app_id: appId,
    user,
    consented_at: atMs,
    refreshes: 0,
    refresh_token: null,
    refresh_expires_at: null,
    ...pairFields(tokens, atMs),
  };
  while (!(await writeGrant(vault, profile, { grant, number: await vault.newest(grantName(profile)) })));
  return grant;
}

/** @returns whether there was one */
export async function removeGrant(vault: Vault, profile: string): Promise<boolean> {
  for (;;) {
    const number = await vault.newest(grantName(profile));
    if ((await readIfOpen(vault, grantName(profile))) === null) return false;
    if (await vault.swap(grantName(profile), { number, text: null })) return true;
  }
}

/** An answer without a refresh token leaves the old one as it is. */
export function renewed(grant: Grant, tokens: UserTokens, atMs: number): Grant {
  return { ...grant, ...pairFields(tokens, atMs), refreshes: grant.refreshes + 1 };
}

function pairFields(tokens: UserTokens, atMs: number) {
  const { accessToken, accessLifeS, refreshToken, refreshLifeS, scopes, version } = tokens;
  return {
    oauth: version,
    access_token: accessToken,
    access_since: atMs,
    access_expires_at: atMs + accessLifeS * 1000,
    ...(refreshToken !== null && {
      refresh_token: refreshToken,
      refresh_expires_at: refreshLifeS === null ? null : atMs + refreshLifeS * 1000,
    }),
    scopes,
    refreshed_at: atMs,
    under_way: null,
    broken: null,
  };
}

/** Tells tokens apart where they may not stand themselves. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 16);
}

export const thisProcess = (): string => `process ${process.pid} on ${hostname()}`;

const LONGEST_MARGIN_MS = 300_000;
const LONGEST_FLIGHT_MS = 10_000;

/** How a grant stands. `flightMs` before its end an access token may not outlive a call. */
export function stateOf(grant: Grant, nowMs: number): { isUsable: boolean; isDue: boolean; isIdle: boolean } {
  const lifeMs = grant.access_expires_at - grant.access_since;
  const leftMs = grant.access_expires_at - nowMs;
  return {
    isUsable: leftMs > Math.min(LONGEST_FLIGHT_MS, lifeMs / 20),
    isDue: leftMs <= Math.min(LONGEST_MARGIN_MS, lifeMs / 4),
    isIdle: nowMs >= idleFrom(grant),
  };
}

/** Half of the refresh token's life after it came: from then on it is renewed though nothing runs. */
export function idleFrom({ refresh_expires_at: end, refreshed_at: start }: Grant): number {
  return end === null ? Number.POSITIVE_INFINITY : start + (end - start) / 2;
}
