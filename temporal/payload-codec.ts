/**
 * Seals what goes into histories with AES-256-GCM, in the form of Temporal's own samples: metadata `encoding`
 * `binary/encrypted` and `encryption-key-id`; data is a nonce of 12 bytes, the sealed payload, and a tag of 16 bytes.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { PayloadKeyError, type PayloadKey } from './payload-keys.ts';

const { Payload: wire } = proto.temporal.api.common.v1;
const CIPHER = 'aes-256-gcm';
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Without a key it seals nothing, passes on what is in clear, and says which key is missing for what is not. */
export class SealingCodec implements PayloadCodec {
  readonly #keys: readonly PayloadKey[];

  constructor(keys: readonly PayloadKey[]) {
    this.#keys = keys;
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    const [first] = this.#keys;
    return Promise.resolve(first === undefined ? payloads : payloads.map((payload) => sealed(payload, first)));
  }

  /** @throws PayloadKeyError */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      if (textOf(payload, 'encoding') !== ENCODING) return payload;
      const id = textOf(payload, KEY_ID);
      const found = this.#keys.find((key) => key.id === id);
      if (found === undefined) throw new PayloadKeyError(id, 'not here');
      return opened(payload, found);
    });
  }
}

function sealed(payload: Payload, { id, key }: PayloadKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const data = Buffer.concat([
    nonce,
    cipher.update(wire.encode(payload).finish()),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return { metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) }, data };
}

function opened({ data }: Payload, { id, key }: PayloadKey): Payload {
  const bytes = Buffer.from(data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return wire.decode(Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
  } catch (cause) {
    throw new PayloadKeyError(id, 'does not open', { cause });
  }
}

function textOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString('utf8');
}
