/** Which search attributes runs may carry. One that is not registered makes every workflow task that sets it fail. */
import { Connection, type Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTE_NAMES, hasSearchAttributeType } from '../model/search-attributes.ts';

const LOOK_AGAIN_MS = 60_000;
const DEADLINE_MS = 3000;

/**
 * The registered ones of this product, looked up at most once a minute. Where the server does not say (a missing right,
 * a server that is not Temporal's own) there are none: they are a convenience, and no run fails for want of them.
 */
export function searchAttributeLook(client: Client): () => Promise<string[]> {
  let found: string[] = [];
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (Date.now() - lookedAtMs < LOOK_AGAIN_MS) return found;
    lookedAtMs = Date.now();
    found = await look(client);
    return found;
  };
}

async function look({ connection, options: { namespace } }: Client): Promise<string[]> {
  if (!(connection instanceof Connection)) return [];
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    return SEARCH_ATTRIBUTE_NAMES.filter((name) => hasSearchAttributeType(name, customAttributes?.[name]));
  } catch {
    // Whatever the reason, the answer to "may they be set?" is no.
    return [];
  }
}
