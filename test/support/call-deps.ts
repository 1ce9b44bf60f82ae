/** What a call stands on, for tests of calls without a worker; each test replaces what it is about. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { HeldRuns } from '../../activities/calls/held-runs.ts';
import { Outages } from '../../activities/calls/outages.ts';
import { PollSchedule } from '../../activities/calls/poll-schedule.ts';
import { StoreCircuitBreaker } from '../../activities/calls/store-circuit-breaker.ts';
import type { CallDeps, Profile } from '../../activities/index.ts';
import { FeishuClient, givenSecret, TenantTokens } from '../../feishu/index.ts';
import type { Secret, TokenSource } from '../../feishu/index.ts';
import { Pacer } from '../../feishu/pacer.ts';
import { sealing } from '../../worker/sealing.ts';

export function stubCallDeps(o: Partial<CallDeps> = {}): CallDeps {
  const deps: Partial<CallDeps> = {
    pacer: new Pacer({ limitFor: () => null, unansweredMs: 1000 }),
    polls: new PollSchedule(),
    usedUp: new Set<string>(),
    breaker: new StoreCircuitBreaker({ tryWriting: () => Promise.resolve() }),
    outages: new Outages(),
    held: new HeldRuns(),
    servesApp: () => true,
    stopSignal: new AbortController().signal,
    acknowledgedHeartbeat: () => Promise.resolve(),
    ...o,
  };
  return deps as CallDeps;
}

/** With a token that needs no server. */
export function stubProfile({
  tokens = stubTokens(),
  ...o
}: Partial<Profile> & { tokens?: TokenSource } = {}): Profile {
  const profile: Partial<Profile> = {
    name: 'default',
    apiHost: 'https://host',
    quotaOf: 'https://host|app',
    identityFor: () => 'app',
    tokensOf: () => tokens,
    ...sealing({ secret: 's', salt: 'https://host app' }),
    ...o,
  };
  return profile as Profile;
}

function stubTokens(): TokenSource {
  return {
    get: () => Promise.resolve('t'),
    drop: () => {},
    fixed: false,
    secret: givenSecret('FEISHU_APP_SECRET', 's'),
    hasChanged: () => Promise.resolve(false),
    refetch: () => Promise.resolve('t'),
  };
}

/** Of a server at `url`. */
export function profileAt(url: string, secret: Secret = givenSecret('FEISHU_APP_SECRET', 'sandbox-secret')): Profile {
  const feishu = new FeishuClient({ baseUrl: url, answerTimeoutMs: 30_000 });
  const tokens = new TenantTokens({ client: feishu, appId: 'cli_sandbox', secret });
  return stubProfile({ apiHost: url, quotaOf: `${url}|cli_sandbox`, feishu, tokens });
}

/** The attempts of one activity: each gets what the one before has left in its heartbeats, as Temporal does it. */
export class Attempts {
  details: unknown;
  readonly #info: ConstructorParameters<typeof MockActivityEnvironment>[0];
  #environment: MockActivityEnvironment | undefined;

  constructor(info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {}) {
    this.#info = info;
  }

  /** What it ends with: a value or an error. */
  async once(run: () => Promise<unknown>): Promise<unknown> {
    const details = this.details === undefined ? {} : { heartbeatDetails: this.details };
    const environment = new MockActivityEnvironment({ ...this.#info, ...details });
    this.#environment = environment;
    environment.on('heartbeat', (heartbeat: unknown) => (this.details = structuredClone(heartbeat)));
    return await environment.run(run).catch((error: unknown) => error);
  }

  cancel(): void {
    this.#environment?.cancel();
  }
}
