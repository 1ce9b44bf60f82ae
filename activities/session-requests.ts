/**
 * What is asked of a participant-session. Histories name it by keys alone, never by who it is: they are read by people who
 * may not read the tables. The activity looks it up in the stored list of participants.
 */
import { recordKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { qualityQuestions } from '../dataset/questions.ts';
import { SessionLists } from '../dataset/pending-units.ts';
import type { Deps } from './deps.ts';
import { finalFailure } from './failures.ts';
import { profileNamed } from './profiles.ts';

/** In place of a request. */
export interface SessionRef {
  session_key: string;
  /** Key of the list that has it, or the unit that it was fetched as. */
  participants: string | UnitLocation;
  user_id_type: string;
}

/** A request as it was given, which names whom somebody has asked about, or a session. */
export type Asked<R extends object = Record<string, unknown>> = R | SessionRef;

interface AskedInput<R extends object> {
  profile: string;
  asked: Asked<R>;
  via: 'list' | 'export';
}

function isSession(asked: object): asked is SessionRef {
  return 'session_key' in asked;
}

export class SessionRequests {
  readonly #deps: Pick<Deps, 'profile' | 'store'>;
  readonly #lists: SessionLists;

  constructor(deps: Pick<Deps, 'profile' | 'store'>, lists = new SessionLists(deps.store)) {
    this.#deps = deps;
    this.#lists = lists;
  }

  /** @throws ApplicationFailure `CallFailed` where the list does not have the session any more */
  async of<R extends object>(input: AskedInput<R>): Promise<R> {
    const request = await this.find(input);
    if (request !== null) return request;
    const message = 'the list of participants has changed and lacks the session: run the meeting again';
    throw finalFailure('CallFailed', message);
  }

  /** As `of`; null where the list does not have the session any more. */
  async find<R extends object>({ profile, asked, via }: AskedInput<R>): Promise<R | null> {
    if (!isSession(asked)) return asked;
    const { participants, session_key, user_id_type } = asked;
    const { timeZone } = await profileNamed(this.#deps, profile);
    const sessions = await this.#lists.of(timeZone, listKey(participants));
    const session = sessions.find((each) => each.session_key === session_key);
    if (!session) return null;
    const [question] = qualityQuestions(session.meeting, session, { source: via, user_id_type });
    return question!.request as R;
  }
}

export function listKey(participants: string | UnitLocation): string {
  return typeof participants === 'string' ? participants : recordKey(participants);
}
