/**
 * Seals what goes into histories with AES-256-GCM, in the form of Temporal's own samples: metadata `encoding`
 * `binary/encrypted` and `encryption-key-id`; data is a nonce of 12 bytes, the sealed payload, and a tag of 16 bytes.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { openBytes, sealBytes, type SealingKey } from '../store/sealed-bytes.ts';
import { PayloadKeyError } from './payload-keys.ts';

const { Payload: wire } = proto.temporal.api.common.v1;
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

/** Without a key it seals nothing, passes on what is in clear, and says which key is missing for what is not. */
export class SealingCodec implements PayloadCodec {
  readonly #keys: readonly SealingKey[];

  constructor(keys: readonly SealingKey[]) {
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

function sealed(payload: Payload, key: SealingKey): Payload {
  const data = sealBytes(wire.encode(payload).finish(), key);
  return { metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(key.id) }, data };
}

function opened({ data }: Payload, key: SealingKey): Payload {
  try {
    return wire.decode(openBytes(data ?? Buffer.alloc(0), key));
  } catch (cause) {
    throw new PayloadKeyError(key.id, 'does not open', { cause });
  }
}

function textOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString('utf8');
}
