/** AES-256-GCM by keys that have an id: the one way in which histories and raw answers are encrypted. */
import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

export interface SealingKey {
  /** Stands in clear beside what it sealed. 1 to 64 letters, digits, `.`, `_`, `-`. */
  id: string;
  /** 32 bytes. */
  key: KeyObject;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** By so many bytes what is sealed is longer. */
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;

/** A random nonce of 12 bytes, the sealed bytes, a tag of 16. `about`: they open for nothing else. */
export function sealBytes(bytes: Uint8Array, { key }: SealingKey, about?: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  if (about !== undefined) cipher.setAAD(about);
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error where they are damaged, sealed with another key, or about something else: nothing tells which */
export function openBytes(sealed: Uint8Array, { key }: SealingKey, about?: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  if (about !== undefined) decipher.setAAD(about);
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
