/** Documents sealed with AES-256-GCM, bound to their names. With a key, one that is not sealed is refused. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { StoreError } from '../store/errors.ts';

const SEALED = 'sealed-1 ';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export class Seal {
  readonly #key: Buffer | null;

  /** `key`: 32 bytes; null: documents lie in clear. */
  constructor(key: Buffer | null) {
    this.#key = key;
  }

  sealed(name: string, text: string): string {
    const key = this.#key;
    if (key === null) return text;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return SEALED + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
  }

  /** @throws StoreError `refused` */
  opened(name: string, text: string): string {
    const key = this.#key;
    if (!text.startsWith(SEALED)) {
      if (key === null) return text;
      // Whoever can write the folder could have put it there.
      const profile = name.replace(/^grant-/, '');
      const mend = `log in again (feishu-vc login --profile ${profile}); a ticket is replaced by the next one`;
      throw refused(`lies in clear, though FEISHU_GRANTS_KEY is set: ${mend}`);
    }
    if (key === null) throw refused('is sealed: set FEISHU_GRANTS_KEY to the key that it was written with');
    const bytes = Buffer.from(text.slice(SEALED.length), 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(name));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw refused('was sealed with another key than FEISHU_GRANTS_KEY, or is damaged', error);
    }

    function refused(why: string, cause?: unknown): StoreError {
      return new StoreError('refused', `The grant "${name}" ${why}.`, { cause });
    }
  }
}
