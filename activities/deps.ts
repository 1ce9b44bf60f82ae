/** What the activities stand on. The worker builds it once; nothing here builds anything. */
import type { Client } from '@temporalio/client';
import type { Manifest } from '../dataset/manifest.ts';
import type { FeishuErrorKind } from '../feishu/errors.ts';
import type { FeishuClient } from '../feishu/client.ts';
import type { EndpointName } from '../feishu/contract.ts';
import type { Pacer } from '../feishu/pacer.ts';
import type { TokenSource } from '../feishu/token.ts';
import type { Store } from '../store/store.ts';
import type { Policy } from '../tables/privacy.ts';
import type { HeldRuns } from './calls/held-runs.ts';
import type { ApiTrouble } from './calls/known-waits.ts';
import type { Outages } from './calls/outages.ts';
import type { PollSchedule } from './calls/poll-schedule.ts';
import type { StoreCircuitBreaker } from './calls/store-circuit-breaker.ts';

export type { ApiTrouble, PersonNeeded } from './calls/known-waits.ts';

/** What the process that makes the calls of an app last said of itself; any worker can read it. */
export interface ApiLeaseState {
  /** Whether any process makes the calls. */
  held: boolean;
  troubles: ApiTrouble[];
  /** In words, what keeps every process from making them. */
  inTheWay?: string;
}

/** Whose token a call carries: the app's, or that of the user who logged in. */
export type IdentityKind = 'app' | 'user';

/** `ok`: Feishu answered well; `aborted`: nobody waited for the answer any more; else what the answer meant. */
export type CallOutcome = 'ok' | 'aborted' | FeishuErrorKind;

/** One tenant, as configured. */
export interface Profile {
  name: string;
  timeZone: string;
  apiHost: string;
  feishu: FeishuClient;
  /** Who asks: exports are one identity's, lists one's, rooms the app's where its secret is known. */
  identityFor(endpoint: EndpointName): IdentityKind;
  /** Null where the settings know no such identity. */
  tokensOf(identity: IdentityKind): TokenSource | null;
  /** API host and app, before the endpoint: whose quota its calls count against. */
  quotaOf: string;
  /** For what may not be read in a history; with the profile's own key, derived from its secret. Opens for `about` alone. */
  seal(text: string, about: string): string;
  /** Null where it was sealed with another key or about something else. */
  unseal(sealed: string, about: string): string | null;
}

export interface Deps {
  product: string;
  store: Store;
  client: Client;
  /** Null for a name that is not configured. */
  profile(name: string): Profile | null;
  profileNames(): string[];
  /**
   * Binds the store to the profile's host, zone, app and tenant.
   * @returns the scope of the profile's days: ids under which they run begin with it
   * @throws StoreError `refused` where the store holds data of others
   */
  claimStore(profile: Profile): Promise<string>;
  /** Names of this product's search attributes that runs may set. */
  searchAttributes(): Promise<string[]>;
  /** Of the process that makes the calls of an app (`quotaOf`). */
  apiLeaseState(quotaOf: string): Promise<ApiLeaseState>;
  settleHours: number;
  /** What of people the tables show. */
  privacy: Policy;
  /** How fast one endpoint of an app may be called; null: without a limit. */
  callsPerSecond: number | null;
  exportDeadlineMs: number;
  /** Told of each day that was committed here, for whoever copies or counts them; nothing is waited for. */
  onCommitted?(manifest: Manifest): void;
  /** Told where another process has committed a day before this one could. `filesInPlace`: as OvertakenError has it. */
  onOvertaken?(of: { profile: string; day: string; filesInPlace: number }): void;
  /** Told why the raw files of a committed day were not tidied up: its next commit does it. */
  onNotTidied?(of: { profile: string; day: string; error: unknown }): void;
  /** Task queue of the calls of an app. */
  apiTaskQueue(quotaOf: string): string;
}

/** What calls need besides: they run only where the pace is held. */
export interface CallDeps extends Deps {
  /** Told of each call that was sent, for whoever counts them. `endpoint`: E1 to E6, L1 to L4, R1, R2. */
  onCalled?(call: { endpoint: string; outcome: CallOutcome }): void;
  pacer: Pacer;
  polls: PollSchedule;
  /** Quotas (API host and app) whose month was used up when last looked at. */
  usedUp: Set<string>;
  breaker: StoreCircuitBreaker;
  outages: Outages;
  held: HeldRuns;
  /** Heartbeats the current activity with these details; resolves when the server has stored them. */
  acknowledgedHeartbeat(details: unknown): Promise<void>;
  /** Are the calls of this app made here? The number of queues may have changed since the task was scheduled. */
  servesApp(quotaOf: string): boolean;
  /** Fires when this process stops making calls: what is under way is to end. */
  stopSignal: AbortSignal;
}
