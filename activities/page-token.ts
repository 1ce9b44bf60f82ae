/** The token of a list's next page: a key to data, so it passes through histories sealed. */
import { ApplicationFailure } from '@temporalio/common';
import type { Profile } from './deps.ts';
import type { UnitPlace } from './session-places.ts';

/** Real ones have some tens of characters. What is far larger would neither fit into a URL nor, in the end, into a history. */
const BYTES_AT_MOST = 4096;

/** A list, without the place in it. */
export interface ListAsked {
  profile: Profile;
  list: string;
  query: object;
  /** Where a session is asked about, which the query does not name. */
  place?: UnitPlace;
}

/** @throws ApplicationFailure `BrokenPaging` where the token is no usable one */
export function sealedNext(asked: ListAsked, page: { has_more?: boolean; page_token?: string }): string | null {
  const token = page.has_more === true ? (page.page_token ?? null) : null;
  if (token === null) return null;
  const bytes = Buffer.byteLength(token);
  if (bytes > BYTES_AT_MOST) {
    const problem = `a page of ${asked.list} names a page token of ${bytes} bytes; at most ${BYTES_AT_MOST} are taken`;
    throw ApplicationFailure.nonRetryable(problem, 'BrokenPaging');
  }
  return asked.profile.seal(token, about(asked));
}

/** Null where it was sealed with another secret, or for another list: only the first page can be asked for then. */
export function unsealedPage(asked: ListAsked, sealed: string | null = null): { page_token?: string } | null {
  if (sealed === null) return {};
  const token = asked.profile.unseal(sealed, about(asked));
  return token === null ? null : { page_token: token };
}

function about({ list, query, place }: ListAsked): string {
  const session = place && 'session' in place ? ` of ${place.session}` : '';
  return `page of ${list}${session} ${JSON.stringify(query)}`;
}
