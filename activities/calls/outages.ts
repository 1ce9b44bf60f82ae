/**
 * What keeps calls from being answered, as the process that makes them sees it: an API host that cannot be reached or
 * answers nobody, credentials that are not accepted, a store that takes nothing.
 *
 * A failed call is the call's own failure only where Feishu is known to answer others: since the call failed before, another
 * call was answered well. Where several calls fail one after another and none succeeds, the service is away for all, and no
 * failure counts. While it is away one call at a time finds out whether it is back, at growing distances; the first that is
 * answered ends the wait of all.
 *
 * No Temporal and no clock of its own, so that a night passes in a test at once.
 */
import { LoggedOutage, type OutageLogger } from './outage-log.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { KnownWaits, type ApiTrouble, type PersonNeeded } from './known-waits.ts';

/** Not to be called now: what is asked for is away, and another call finds out when it is back. Nothing was sent. */
export class AwayError extends Error {
  override readonly name = 'AwayError';
  readonly kind: 'host' | 'credentials';
  readonly retryAfterMs: number;

  constructor(o: { kind: 'host' | 'credentials'; reason: string; retryAfterMs: number; cause?: unknown }) {
    super(o.reason, o.cause === undefined ? undefined : { cause: o.cause });
    this.kind = o.kind;
    this.retryAfterMs = o.retryAfterMs;
  }
}

/** Which call of which host and credentials. `id` tells calls apart; the tries of one call share it. */
export interface CallId {
  host: string;
  /** Whose credentials it is made with. */
  identity: string;
  id: string;
}

export interface FailedCall extends CallId {
  reason: string;
  /** When it was begun, unix ms. */
  begunMs: number;
  /** When this call failed before, unix ms; null: never. */
  failedBeforeMs: number | null;
  /** The first failure since another call was answered well, unix ms; null: this one. */
  failingSinceMs: number | null;
  /** Feishu's own word on when to ask again. */
  retryAfterMs: number;
}

/** The store as calls see it: as `Outages`, but for what it has to say. */
export interface StoreOfCalls extends Pick<Outages, 'callsLeft' | 'callsTaken'> {
  /** What keeps answers from being stored; `idleSinceMs`: since when the store took nothing at all. */
  readonly trouble: { reason: string; sinceMs: number; idleSinceMs: number | null } | null;
}

export interface OutagesOptions {
  /** Unix ms that never go back. */
  nowMs?: () => number;
  logger?: OutageLogger;
  store?: StoreOfCalls;
  /** A cheap look whether a host in trouble can be reached, and the store written. */
  canReach?: (host: string) => Promise<boolean>;
  canStore?: () => Promise<boolean>;
}

const SECOND = 1000;
/** Between two calls that find out whether a host is back. */
const HOST_STEPS_MS = [1, 2, 4, 8, 15].map((seconds) => seconds * SECOND);
/** Between two tries of credentials that were rejected; a secret that has changed is tried at once. */
const CREDENTIAL_STEPS_MS = [5, 10, 20, 40, 60].map((seconds) => seconds * SECOND);
/** Whoever does not find out itself comes back within this time. */
const LONGEST_WAIT_MS = 15 * SECOND;
const SHORTEST_WAIT_MS = SECOND;
/** Different calls that failed within this time, with no success in between, mean that the service is away. */
const SAME_TROUBLE_MS = 10 * 60 * SECOND;
const CALLS_OF_AN_OUTAGE = 2;
/** So long a call that keeps failing may be taken for one of many in an outage. */
const LONGEST_DOUBT_MS = 24 * 3600 * SECOND;
/** So long a process may be the only one to see a trouble before another one should make the calls. */
const USELESS_AFTER_MS = 4 * SECOND;

/** A wait of many calls, and the one among them that finds out whether it is over. */
interface Outage {
  /** Whether any answer came, or nothing at all. */
  kind: 'unreachable' | 'failing' | 'credentials';
  reason: string;
  /** Undefined where it may end by itself. */
  person: PersonNeeded | undefined;
  logged: LoggedOutage;
  steps: readonly number[];
  tried: number;
  nextProbeMs: number;
  /** Id of the call that is finding out. */
  probe: string | null;
}

interface Host {
  /** When a call was last answered well; -Infinity: not yet. */
  wellMs: number;
  /** When it last gave an answer of any kind; -Infinity: not yet. */
  heardMs: number;
  /** Since when the host gave no answer of any kind; null: it answers. */
  silentSinceMs: number | null;
  /** One look at a time, whatever number of calls are in doubt. */
  isLookedAt: boolean;
  /** Calls that failed since it was last well, and when. */
  failing: Map<string, number>;
}

export class Outages {
  readonly #o: OutagesOptions;
  readonly #nowMs: () => number;
  readonly #hosts = new Map<string, Host>();
  /** By host, or by whose credentials. */
  readonly #outages = new Map<string, Outage>();
  /** Told beside the outages. */
  readonly knownWaits: KnownWaits;

  constructor(options: OutagesOptions = {}) {
    this.#o = options;
    this.#nowMs = options.nowMs ?? monotonicMs;
    this.knownWaits = new KnownWaits(this.#nowMs);
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  /**
   * Before anything is fetched for a call, and again right before it is sent. Where something is away, this call is the one that
   * finds out, or it is to come back later.
   * @throws AwayError
   */
  enter(call: CallId): void {
    for (const key of keysOf(call)) this.#refuse(key, call.id);
    for (const key of keysOf(call)) {
      const outage = this.#outages.get(key);
      if (outage) outage.probe = call.id;
    }
  }

  /** The call has ended, and what came of it was told. */
  leave(call: CallId): void {
    for (const key of keysOf(call)) {
      const outage = this.#outages.get(key);
      if (outage?.probe === call.id) this.#missed(outage, 0);
    }
  }

  /** Feishu answered as it does to calls that are well: also a refusal that says what is wrong with the request. */
  answered(call: CallId): void {
    const host = this.#heard(call.host);
    host.wellMs = host.heardMs;
    host.failing.clear();
    for (const key of keysOf(call)) this.#end(key);
  }

  /** A call of another kind, such as the one for a token, was answered: the host is there. As `failed` for who asked it. */
  hostIsThere(host: string): 'own' | 'outage' {
    this.#heard(host);
    if (this.#outages.get(host)?.kind === 'unreachable') this.#end(host);
    return this.#outages.has(host) ? 'outage' : 'own';
  }

  /** Nothing was sent, or nothing beside the call for a token: never the failure of the call that was to be made. */
  unreachable(call: CallId, o: { reason: string; silent: boolean; retryAfterMs?: number }): void {
    if (o.silent) this.#silent(call.host, this.#nowMs());
    else this.#heard(call.host);
    const { reason, retryAfterMs: askedMs = 0 } = o;
    this.#begin(call.host, { kind: 'unreachable', reason, steps: HOST_STEPS_MS, by: call.id, askedMs });
  }

  /**
   * A call that was sent came to nothing. `own`: Feishu answers others, so it counts as a failure of this call.
   * `outage`: it does not. `ask`: nobody knows; ask it something that costs nothing, then tell `hostIsThere` or `unreachable`.
   */
  failed(
    call: FailedCall,
    { silent }: { silent: boolean },
  ): { whose: 'own' | 'outage' | 'ask'; failingSinceMs: number } {
    const nowMs = this.#nowMs();
    const { wellMs } = this.#host(call.host);
    const known = call.failingSinceMs ?? nowMs;
    const failingSinceMs = wellMs > known ? nowMs : known;
    return { whose: this.#noteFailure({ ...call, failingSinceMs }, { silent, nowMs }), failingSinceMs };
  }

  #noteFailure(
    call: FailedCall & { failingSinceMs: number },
    { silent, nowMs }: { silent: boolean; nowMs: number },
  ): 'own' | 'outage' | 'ask' {
    if (silent) this.#silent(call.host, call.begunMs);
    else this.#heard(call.host);
    const host = this.#host(call.host);
    for (const [id, atMs] of host.failing) if (atMs < nowMs - SAME_TROUBLE_MS) host.failing.delete(id);
    host.failing.set(call.id, nowMs);
    const { host: key, id: by, reason, retryAfterMs: askedMs } = call;
    const wasAway = this.#outages.get(key)?.kind === 'failing';
    if (wasAway || host.failing.size >= CALLS_OF_AN_OUTAGE) {
      this.#begin(key, { kind: 'failing', reason, steps: HOST_STEPS_MS, by, askedMs });
      if (nowMs - call.failingSinceMs > LONGEST_DOUBT_MS) return 'own';
      if (wasAway) return 'outage';
    }
    if (call.failedBeforeMs !== null && host.wellMs > call.failedBeforeMs) return 'own';
    return this.#outages.get(key)?.kind === 'failing' ? 'outage' : 'ask';
  }

  /**
   * For a call that was begun then no answer has come so far. What vanishes on its way gives no error for as long as a call may
   * take; a look, which costs no call, tells it from a host that takes its time.
   */
  async unheard(origin: string, begunMs: number): Promise<void> {
    const host = this.#host(origin);
    if (host.isLookedAt || host.silentSinceMs !== null || host.heardMs >= begunMs) return;
    host.isLookedAt = true;
    try {
      const isThere = (await this.#o.canReach?.(origin)) ?? true;
      if (!isThere) this.#silent(origin, begunMs);
    } finally {
      host.isLookedAt = false;
    }
  }

  /** Feishu does not accept an app's secret, or a user's token. `person`: who has to end it, where nobody else can. */
  rejected(call: CallId, { reason, person }: { reason: string; person?: PersonNeeded | undefined }): void {
    const o = { kind: 'credentials' as const, reason, person, steps: CREDENTIAL_STEPS_MS, by: call.id, askedMs: 0 };
    this.#begin(call.identity, o);
  }

  /** The secret has changed since it was rejected: the next call tries it. */
  secretChanged(identity: string): void {
    const outage = this.#outages.get(identity);
    if (outage) Object.assign(outage, { nextProbeMs: this.#nowMs(), probe: null });
  }

  /** Whether the host is away, or this very call came to nothing since another was answered well. */
  isDoubtful({ host, id }: CallId): boolean {
    return this.#outages.has(host) || this.#host(host).failing.has(id);
  }

  /** When a call that found nothing out comes back: after the next one, so that another call takes its turn. */
  backInMs(call: CallId): number {
    const nextMs = keysOf(call).map((key) => (this.#outages.get(key)?.nextProbeMs ?? 0) - this.#nowMs());
    return Math.max(0, ...nextMs) + SHORTEST_WAIT_MS;
  }

  isRejected(identity: string): boolean {
    return this.#outages.has(identity);
  }

  /** All that keeps calls from being made at the moment. */
  troubles(): ApiTrouble[] {
    const store = this.#o.store?.trouble ?? null;
    return [
      ...(store === null ? [] : [{ scope: 'store', reason: store.reason, sinceMs: store.sinceMs }]),
      ...[...this.#outages.values()].map(({ reason, logged, person }) => ({
        scope: logged.scope,
        reason,
        sinceMs: logged.sinceMs,
        ...(person === undefined ? {} : { person }),
      })),
      ...this.knownWaits.troubles(),
    ];
  }

  /** What kinds of things are away at the moment, without whose. */
  away(): ReadonlySet<'feishu' | 'credentials' | 'store'> {
    const kinds = [...this.#outages.values()].map(({ kind }) => (kind === 'credentials' ? kind : 'feishu'));
    return new Set([...kinds, ...((this.#o.store?.trouble ?? null) === null ? [] : ['store' as const])]);
  }

  /** Why another process should make the calls: this one reaches no API host, or cannot write. Null: it is of use. */
  unusable(): string | null {
    const longAgoMs = this.#nowMs() - USELESS_AFTER_MS;
    for (const [origin, { silentSinceMs }] of this.#hosts) {
      if (silentSinceMs !== null && silentSinceMs <= longAgoMs) {
        return `${origin} gives no answer: ${this.#outages.get(origin)?.reason ?? 'calls are not answered'}`;
      }
    }
    const store = this.#o.store?.trouble ?? null;
    const isUseless = store !== null && store.idleSinceMs !== null && store.idleSinceMs <= longAgoMs;
    return isUseless ? `the data folder: ${store.reason}` : null;
  }

  /** A look, which costs no call, whether what made this process unusable is over. */
  async recovered(): Promise<boolean> {
    const silent = [...this.#hosts].filter(([, { silentSinceMs }]) => silentSinceMs !== null).map(([origin]) => origin);
    const looks = silent.map((origin) => this.#o.canReach?.(origin) ?? Promise.resolve(false));
    if ((this.#o.store?.trouble ?? null) !== null) looks.push(this.#o.canStore?.() ?? Promise.resolve(false));
    const isOver = (await Promise.all(looks)).every(Boolean);
    // Whether calls are answered too is for calls to find out, with the same time as before.
    if (isOver) for (const origin of silent) this.#host(origin).silentSinceMs = null;
    return isOver;
  }

  /** Calls are no longer made here: whoever makes them sees how an outage goes on. */
  callsLeft(): void {
    for (const { logged } of this.#outages.values()) logged.leave(this.#nowMs());
    this.#o.store?.callsLeft();
  }

  /**
   * Calls are made here again, or for the first time. `troubles`: what the process that made them until now said last; what was
   * left here and is not among it had an end meanwhile.
   */
  callsTaken(troubles: readonly ApiTrouble[]): void {
    for (const [key, { logged }] of this.#outages) {
      if (troubles.some(({ scope }) => scope === logged.scope)) logged.resume();
      if (logged.isLeft) this.#outages.delete(key);
    }
    this.#o.store?.callsTaken(troubles);
  }

  #host(origin: string): Host {
    let host = this.#hosts.get(origin);
    if (!host) {
      host = { wellMs: -Infinity, heardMs: -Infinity, silentSinceMs: null, isLookedAt: false, failing: new Map() };
      this.#hosts.set(origin, host);
    }
    return host;
  }

  #heard(origin: string): Host {
    return Object.assign(this.#host(origin), { heardMs: this.#nowMs(), silentSinceMs: null });
  }

  /** What was begun then has come to nothing: it is silent since then where nothing else was heard meanwhile. */
  #silent(origin: string, begunMs: number): void {
    const host = this.#host(origin);
    host.silentSinceMs ??= host.heardMs < begunMs ? begunMs : this.#nowMs();
  }

  #refuse(key: string, id: string): void {
    const outage = this.#outages.get(key);
    if (!outage) return;
    const nowMs = this.#nowMs();
    if (outage.probe === id || (outage.probe === null && nowMs >= outage.nextProbeMs)) return;
    // The longer it has lasted, the less often all the others come to hear that it still does.
    const patienceMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, (nowMs - outage.logged.sinceMs) / 2));
    const kind = outage.kind === 'credentials' ? 'credentials' : 'host';
    const untilProbeMs = outage.probe === null ? Math.min(LONGEST_WAIT_MS, outage.nextProbeMs - nowMs) : 0;
    const reason = kind === 'host' ? `${key}: ${outage.reason}` : outage.reason;
    throw new AwayError({ kind, reason, retryAfterMs: Math.max(patienceMs, untilProbeMs) });
  }

  #begin(
    key: string,
    o: Pick<Outage, 'kind' | 'reason' | 'steps'> & Partial<Pick<Outage, 'person'>> & { by: string; askedMs: number },
  ): void {
    const { kind, reason, person, steps, by, askedMs } = o;
    const known = this.#outages.get(key);
    if (known) {
      // Calls that were under way when it began say nothing new of whether it is over.
      const isNews = known.probe === by || known.kind !== kind;
      Object.assign(known, { kind, reason, person });
      if (isNews) this.#missed(known, askedMs);
      return;
    }
    const nowMs = this.#nowMs();
    const logged = new LoggedOutage(this.#o.logger, { scope: scopeOf(key), reason, sinceMs: nowMs });
    const outage: Outage = { kind, reason, person, logged, steps, tried: 0, nextProbeMs: nowMs, probe: null };
    this.#missed(outage, askedMs);
    this.#outages.set(key, outage);
  }

  #missed(outage: Outage, askedMs: number): void {
    const stepMs = outage.steps[Math.min(outage.tried, outage.steps.length - 1)] ?? LONGEST_WAIT_MS;
    outage.tried++;
    outage.probe = null;
    outage.nextProbeMs = this.#nowMs() + Math.max(stepMs, askedMs);
  }

  #end(key: string): void {
    this.#outages.get(key)?.logged.end(this.#nowMs());
    this.#outages.delete(key);
  }
}

function keysOf({ host, identity }: CallId): [string, string] {
  return [host, identity];
}

/** An identity is `<host>|<app>#<profile>`: apps are told, and not which profile of theirs. */
function scopeOf(key: string): string {
  return key.replace(/#.*$/s, '');
}
