/** How raw answers are kept, once their day is sealed: how long, and whether encrypted. */
import { z } from 'zod';
import type { SealingKey } from '../store/sealed-bytes.ts';
import { sealingKeysIn } from '../temporal/payload-keys.ts';

/** `afterDays`: whole days after the commit that sealed the day; null: for good. `policy`: as it was set. */
export interface RawKeep {
  policy: string;
  afterDays: number | null;
  encrypts: boolean;
}

const KEYS = 'RAW_KEYS';

export const rawSchema = {
  RAW_KEEP: z
    .string()
    .regex(
      /^(always|encrypted|until_sealed|(encrypted,)?[1-9]\d{0,4}d)$/,
      'takes always, encrypted, until_sealed, or days after the day was sealed, such as 90d or encrypted,90d',
    )
    .default('always')
    .transform((policy): RawKeep => {
      const encrypts = policy.startsWith('encrypted');
      const days = /(\d+)d$/.exec(policy)?.[1];
      if (days !== undefined) return { policy, afterDays: Number(days), encrypts };
      return { policy, afterDays: policy === 'until_sealed' ? 0 : null, encrypts };
    }),
};

/** The keys of `RAW_KEYS`, for every program that reads or writes the store. Of what is wrong, one line each. */
export function rawKeysIn(
  env: NodeJS.ProcessEnv,
  { encrypts }: Pick<RawKeep, 'encrypts'> = { encrypts: false },
): { keys: SealingKey[]; problems: string[] } {
  const { keys, problems } = sealingKeysIn(env, KEYS);
  const isLacking = encrypts && keys.length === 0 && problems.length === 0;
  return { keys, problems: isLacking ? [`${KEYS}: is what RAW_KEEP=encrypted encrypts with; set it`] : problems };
}
