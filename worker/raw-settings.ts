/** How long answers are kept as they were received, once their day is sealed. */
import { z } from 'zod';

/** `afterDays`: whole days after the commit that sealed the day; null: for good. `policy`: as it was set. */
export interface RawKeep {
  policy: string;
  afterDays: number | null;
}

export const rawSchema = {
  RAW_KEEP: z
    .string()
    .regex(
      /^(always|until_sealed|[1-9]\d{0,4}d)$/,
      'takes always, until_sealed, or days after the day was sealed, such as 90d',
    )
    .default('always')
    .transform((policy): RawKeep => {
      if (policy === 'always') return { policy, afterDays: null };
      return { policy, afterDays: policy === 'until_sealed' ? 0 : Number.parseInt(policy, 10) };
    }),
};
