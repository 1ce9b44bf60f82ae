/** What client and worker turn values into payloads with. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { SealingCodec } from './payload-codec.ts';
import type { SealingKey } from '../store/sealed-bytes.ts';

/** Loaded by its path, by the SDK: from the build, whatever runs from source. */
const FAILURES = import.meta.url.endsWith('.ts') ? '../dist/temporal/sealed-failures.js' : './sealed-failures.js';

/** With keys, messages and stacks of failures are sealed too. */
export function dataConverterWith(keys: readonly SealingKey[]): DataConverter {
  const payloadCodecs = [new SealingCodec(keys)];
  if (keys.length === 0) return { payloadCodecs };
  return { payloadCodecs, failureConverterPath: fileURLToPath(new URL(FAILURES, import.meta.url)) };
}
