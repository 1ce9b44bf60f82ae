import type { DescribedProfile } from '../activities/index.ts';
import { type BackfillSums } from './backfill/state.ts';
import { type Internal } from './common/internal.ts';
import { type Counted } from './dry-run/count.ts';
import { type BackfillResult } from './messages.ts';
/** Handed on when it continues as new. */
export interface BackfillInternal extends Internal {
    profile: DescribedProfile;
    sums: BackfillSums;
    /** Of a dry run, what it has counted so far. */
    counted: Counted | null;
    paused: boolean;
    startedAtMs: number;
}
export declare function backfill(input: unknown, internal?: BackfillInternal): Promise<BackfillResult>;
