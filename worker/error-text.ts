/** What a worker's log says of an error of the store, whose message has paths in it. */
import { withoutSessions } from '../dataset/session-name.ts';

export function errorText(error: unknown): string {
  return withoutSessions(String(error));
}
