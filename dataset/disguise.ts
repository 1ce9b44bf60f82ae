import type { Store } from '../store/store.ts';
import { Disguise, hides, type Policy } from '../tables/privacy.ts';

/** How the store's tables show rows under the policy. A secret is asked for, and made, only where one is needed. */
export async function disguiseOf(store: Store, policy: Policy): Promise<Disguise> {
  return new Disguise(policy, hides(policy) ? await store.secret() : Buffer.alloc(0));
}
