/** Which search attributes runs may carry. One that is not registered makes every workflow task that sets it fail. */
import { type Client } from '@temporalio/client';
/**
 * The registered ones of this product, looked up at most once a minute. Where the server does not say (a missing right,
 * a server that is not Temporal's own) there are none: they are a convenience, and no run fails for want of them.
 */
export declare function searchAttributeLook(client: Client): () => Promise<string[]>;
