/** The calls by which Feishu is asked how things stand: each at most once, when a check first looks. None of them makes anything there. */
import { ActionNeededError, FeishuClient, FeishuError } from '../../feishu/index.ts';
import type { Vault } from '../../logins/index.ts';
import type { ProfileSettings } from '../config.ts';
import { buildIdentities, type Identities } from '../identities.ts';
import type { IdentityKind } from '../identity-settings.ts';
import { USER_ID_SCOPE } from '../login/scopes.ts';
import { once, type Outcome } from './outcome.ts';
import { WireWatch } from './wire-watch.ts';

const HOUR_S = 3600;
const DAY_S = 86_400;
/** Of no task: whoever may look at exports is told that it does not exist. */
const NO_TASK = '1';

/** What the list of meetings answered. */
export interface ListsAnswer {
  /** False: it is refused where ids are asked for as user_id. */
  givesUserIds: boolean;
}

export class Probes {
  readonly watch: WireWatch;
  readonly #profile: ProfileSettings;
  readonly #nowMs: () => number;
  readonly #feishu: FeishuClient;
  readonly #identities: Identities;

  constructor(o: { profile: ProfileSettings; vault: Vault; nowMs: () => number }) {
    const { profile, vault } = o;
    this.#profile = profile;
    this.#nowMs = o.nowMs;
    this.watch = new WireWatch([profile.baseUrl, profile.accountsUrl], o.nowMs);
    this.#feishu = new FeishuClient({ baseUrl: profile.baseUrl });
    this.#identities = buildIdentities({ settings: profile, feishu: this.#feishu, vault, onTrouble: () => undefined });
  }

  get hasApp(): boolean {
    return this.#identities.tokensOf('app') !== null;
  }

  /** The app's tenant token. */
  readonly app = once(() => this.#fetch('app'));
  /** A token of the user, refreshed where that is due. */
  readonly user = once(() => this.#fetch('user'));

  /** L1, for an hour of yesterday, as whoever lists are asked. */
  readonly lists = once(async (): Promise<ListsAnswer> => {
    const token = await this.#token(this.#profile.listIdentity);
    try {
      await this.#listMeetings(token, 'user_id');
      return { givesUserIds: true };
    } catch (error) {
      if (!(error instanceof FeishuError && error.msg?.includes(USER_ID_SCOPE))) throw error;
    }
    await this.#listMeetings(token, 'open_id');
    return { givesUserIds: false };
  });

  /** E5 of no task, as whoever exports are asked: an export itself would stay at Feishu. */
  readonly exports = once(async (): Promise<'may look'> => {
    const token = await this.#token(this.#profile.identity);
    try {
      await this.#feishu.getExport(NO_TASK, { token });
    } catch (error) {
      const isOfTheTask = error instanceof FeishuError && (error.kind === 'not_found' || error.code === 'BAD_REQUEST');
      if (!isOfTheTask) throw error;
    }
    return 'may look';
  });

  /** Why Feishu cannot be asked anything; null where it answers. */
  async noAnswer(): Promise<FeishuError | null> {
    const first: Outcome<unknown> = await (this.hasApp ? this.app() : this.lists());
    return !first.ok && first.error instanceof FeishuError && isNoAnswer(first.error) ? first.error : null;
  }

  async close(): Promise<void> {
    this.watch.close();
    await Promise.all([this.#identities.close(), this.#feishu.close()]);
  }

  async #fetch(kind: IdentityKind): Promise<string> {
    const tokens = this.#identities.tokensOf(kind);
    if (tokens === null) throw new ActionNeededError(`FEISHU_APP_SECRET: the ${kind} has no credentials`);
    return await tokens.get();
  }

  async #token(kind: IdentityKind): Promise<string> {
    const token = await (kind === 'app' ? this.app() : this.user());
    if (token.ok) return token.value;
    throw token.error;
  }

  async #listMeetings(token: string, userIdType: 'user_id' | 'open_id'): Promise<void> {
    const until = Math.floor(this.#nowMs() / 1000) - DAY_S;
    const window = { start_time: String(until - HOUR_S), end_time: String(until) };
    await this.#feishu.list('meeting_list', { ...window, page_size: 20, user_id_type: userIdType }, { token });
  }
}

/** Nothing came back that Feishu's API says. */
function isNoAnswer({ kind, code }: FeishuError): boolean {
  return (
    kind === 'network' || kind === 'server' || kind === 'contract' || code === 'WRONG_PATH' || code === 'REDIRECTED'
  );
}
