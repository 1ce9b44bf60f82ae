/** Keys of raw files, as RAW_KEYS gives them. */
import { createSecretKey, randomBytes } from 'node:crypto';
import type { SealingKey } from '../../store/sealed-bytes.ts';

/** Another one at each call, whatever the id. */
export function rawKey(id: string): SealingKey {
  return { id, key: createSecretKey(randomBytes(32)) };
}
