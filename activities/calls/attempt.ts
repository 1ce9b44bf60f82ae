/** One attempt of a call, and what it leaves to the next one in the heartbeat details. */
import { Context } from '@temporalio/activity';
import type { TokenSource } from '../../feishu/token.ts';
import type { IdentityKind, Profile } from '../deps.ts';
import type { CallOwner } from './held-runs.ts';
import type { CallId } from './outages.ts';

/** What one attempt leaves to the next. Times are unix ms. */
export interface Attempted {
  /** Calls that were made. */
  calls: number;
  /** Failures of its own among them: no throttles, no waits, no outages. */
  failures: number;
  /** When it failed last, whoever's failure it was. */
  failedMs: number | null;
  /** The first failure since another call was last answered well. */
  failingSinceMs: number | null;
  /** Since when it waits for what everybody misses: the store, credentials. */
  waitingSinceMs: number | null;
  /** How long its calls were under way, those aside that failed with everybody's. */
  spentMs: number;
  /** Answers that found no place. */
  unkept: number;
  /** A call was sent, and how it ended is not on record. */
  underWay: boolean;
  /** A create was let go, and how it ended is not on record. */
  granted: boolean;
}

/** What an attempt is about, and what has happened in it. */
export interface Attempt {
  profile: Profile;
  identity: IdentityKind;
  tokens: TokenSource;
  bucket: string;
  id: CallId;
  owner: CallOwner;
  state: Attempted;
  sent: boolean;
  /** When the call was sent, and what had been spent by then. */
  since: { sentMs: number; spentMs: number } | null;
  token: string | null;
}

/** As the attempt before has left it. */
export function attempted(): Attempted {
  const before = Context.current().info.heartbeatDetails as Partial<Attempted> | undefined;
  return {
    calls: before?.calls ?? 0,
    failures: before?.failures ?? 0,
    failedMs: before?.failedMs ?? null,
    failingSinceMs: before?.failingSinceMs ?? null,
    waitingSinceMs: before?.waitingSinceMs ?? null,
    spentMs: before?.spentMs ?? 0,
    unkept: before?.unkept ?? 0,
    underWay: before?.underWay ?? false,
    granted: before?.granted ?? false,
  };
}
