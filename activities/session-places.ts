/**
 * Where what is asked of a participant-session lies, and what is asked. Histories name it by what it is called outside of the
 * store, never by who it is: they are read by people who may not read the tables. The activity looks it up in the stored list
 * of participants.
 */
import { recordKey, type StageLocation, type UnitLocation } from '../dataset/storage-keys.ts';
import { qualityQuestions } from '../dataset/questions.ts';
import { SessionLists } from '../dataset/pending-units.ts';
import type { Deps } from './deps.ts';
import { finalFailure } from './failures.ts';
import { isListKey } from './places.ts';
import { profileNamed } from './profiles.ts';

/** In place of a unit. What is asked beside it says only how people are named: `user_id_type`. */
export type SessionPlace = StageLocation & {
  /** See `sessionName`. */
  session: string;
  /** The list that has it: its key, or the unit that it was fetched as in the same place. */
  participants: string;
};

/** A unit, or a session, which is one for each way to ask about it. */
export type UnitPlace = UnitLocation | SessionPlace;

interface PlacedRequest<R extends object> {
  profile: string;
  place: UnitPlace;
  /** Of a unit, what it is asked. */
  asked: R;
  via: 'list' | 'export';
}

export interface Located<R extends object> {
  location: UnitLocation;
  request: R;
}

export class SessionPlaces {
  readonly #deps: Pick<Deps, 'profile' | 'store'>;
  readonly #lists: SessionLists;

  constructor(deps: Pick<Deps, 'profile' | 'store'>, lists = new SessionLists(deps.store)) {
    this.#deps = deps;
    this.#lists = lists;
  }

  /** @throws ApplicationFailure `CallFailed` where the list does not have the session any more */
  async of<R extends object>(input: PlacedRequest<R>): Promise<Located<R>> {
    const found = await this.find(input);
    if (found !== null) return found;
    const message = 'the list of participants has changed and lacks the session: run the meeting again';
    throw finalFailure('CallFailed', message);
  }

  /** As `of`; null where the list does not have the session any more. */
  async find<R extends object>({ profile, place, asked, via }: PlacedRequest<R>): Promise<Located<R> | null> {
    if (!('session' in place)) return { location: place, request: asked };
    const { session: name, participants, ...stage } = place;
    const { timeZone } = await profileNamed(this.#deps, profile);
    const session = (await this.#lists.of(timeZone, listKey(participants, stage))).get(name);
    if (!session) return null;
    const { user_id_type } = asked as { user_id_type: string };
    const [question] = qualityQuestions(session.meeting, session, { source: via, user_id_type });
    const { resource, unit, request } = question!;
    return { location: { ...stage, resource, unit }, request: request as R };
  }
}

/** Of a list of participants that is named by its key, or by its unit in a place. */
export function listKey(participants: string, place: StageLocation): string {
  return isListKey(participants)
    ? participants
    : recordKey({ ...place, resource: 'participant_list', unit: participants });
}
