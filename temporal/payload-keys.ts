/** The keys that seal what histories hold, which client and worker read from the same setting, and others of that form. */
import { createSecretKey } from 'node:crypto';
import type { SealingKey } from '../store/sealed-bytes.ts';
import { settingOrFile } from './setting-or-file.ts';

export type { SealingKey };

export interface SealingKeys {
  /** The first one seals, each opens what it sealed. Empty: nothing is sealed. */
  keys: SealingKey[];
  /** Whatever is wrong, one line each, with the setting's name and without a value. */
  problems: string[];
}

/** Thrown where a payload was sealed with a key that this process has not, or with another one of the same id. */
export class PayloadKeyError extends Error {
  override readonly name = 'PayloadKeyError';
  readonly keyId: string;
  readonly why: 'not here' | 'does not open';

  constructor(keyId: string, why: PayloadKeyError['why'], options?: ErrorOptions) {
    const said =
      why === 'not here'
        ? `the payload was sealed with the key "${keyId}", which TEMPORAL_PAYLOAD_KEYS does not have here`
        : `the payload does not open with the key "${keyId}" of TEMPORAL_PAYLOAD_KEYS: it is damaged, or sealed with another key of that id`;
    super(said, options);
    this.keyId = keyId;
    this.why = why;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const TAKES =
  'takes ID:KEY, several separated by commas: the key is 32 bytes in base64, such as openssl rand -base64 32 prints, ' +
  'its id 1 to 64 letters, digits, . _ -';
const KEY_BYTES = 32;

export function payloadKeysIn(env: Environment): SealingKeys {
  return sealingKeysIn(env, 'TEMPORAL_PAYLOAD_KEYS');
}

/** Of that setting, or of the file that `<setting>_FILE` names; there a line may end a key too. */
export function sealingKeysIn(env: Environment, setting: string): SealingKeys {
  const given = settingOrFile(env, setting);
  if (given.problems.length > 0) return { keys: [], problems: given.problems };
  const text = given.text ?? '';
  const parts = text.split(/[\s,]+/).filter(Boolean);
  // An empty file is a mistake that would leave all in clear.
  if (parts.length === 0 && (text !== '' || given.isFile))
    return { keys: [], problems: [`${setting}: names no key; it ${TAKES}`] };
  const keys = parts.flatMap((part) => parseKey(part) ?? []);
  if (keys.length < parts.length) return { keys: [], problems: [`${setting}: ${TAKES}`] };
  const twice = keys.find(({ id }, at) => keys.findIndex((other) => other.id === id) !== at);
  return twice === undefined ? { keys, problems: [] } : { keys: [], problems: [`${setting}: names ${twice.id} twice`] };
}

function parseKey(text: string): SealingKey | undefined {
  const [, id, base64] = /^([A-Za-z0-9][\w.-]{0,63}):([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  return id === undefined || bytes.length !== KEY_BYTES ? undefined : { id, key: createSecretKey(bytes) };
}
