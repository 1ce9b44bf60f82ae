/**
 * What a participant-session is called outside of the store: in histories, in ids of workflows, in failures. Its key in the
 * tables is a hash without a secret, by which whoever has a list of ids finds out who was there. The name cannot be tried
 * out, and leads back to the session only where its list can be read.
 */
import { createHmac } from 'node:crypto';

const NAME_BYTES = 16;

/** 22 characters of base64url. `secret`: of the store. */
export function sessionName(secret: Buffer, sessionKey: string): string {
  const hash = createHmac('sha256', secret).update(`session ${sessionKey}`).digest();
  return hash.subarray(0, NAME_BYTES).toString('base64url');
}

/** The unit of a session in the paths of its files. */
const UNIT = /[0-9a-f]{32}(?=\.(?:list|export)\b)/g;

/** What is said outside of the store of paths in it, such as in failures and logs. */
export function withoutSessions(text: string): string {
  return text.replaceAll(UNIT, '<session>');
}
