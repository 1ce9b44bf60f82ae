/** Seals what may not be read in a history, with a key of the profile's own. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import type { Profile } from '../activities/index.ts';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM. What a text is about goes in as associated data, so that it opens for nothing else. The nonce is a hash of
 * both: the same text about the same thing is sealed alike, and a workflow sees that a list names a page twice.
 */
export function sealing({ secret, salt }: { secret: string; salt: string }): Pick<Profile, 'seal' | 'unseal'> {
  const keys = Buffer.from(hkdfSync('sha256', secret, salt, 'feishu-vc sealed text', 2 * KEY_BYTES));
  const [key, nonceKey] = [keys.subarray(0, KEY_BYTES), keys.subarray(KEY_BYTES)];
  return {
    seal: (text, about) => {
      const iv = createHmac('sha256', nonceKey)
        .update(JSON.stringify([about, text]))
        .digest()
        .subarray(0, IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    unseal: (sealed, about) => {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(about));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8');
      try {
        return text + decipher.final('utf8');
      } catch {
        // Of another key, about something else, or not sealed at all: GCM does not tell, and nobody needs to know.
        return null;
      }
    },
  };
}
