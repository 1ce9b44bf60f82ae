import type { Client } from '@temporalio/client';
import type { ApiLeaseState } from '../../activities/index.ts';
import { describeShard } from './lease-workflows.ts';

/** What the holder of a shard's lease last said of itself. It outlives the holder. */
export async function apiLeaseState(o: { client: Client; taskQueue: string; shard: number }): Promise<ApiLeaseState> {
  const lease = await describeShard(o, o.shard);
  const inTheWay = lease?.foreign ?? null;
  return { held: lease?.held ?? false, troubles: lease?.troubles ?? [], ...(inTheWay !== null && { inTheWay }) };
}
