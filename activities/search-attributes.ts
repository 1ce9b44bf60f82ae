/** Whether runs may carry search attributes. One that is not registered makes every workflow task that sets it fail. */
import { Connection, type Client } from '@temporalio/client';

/** All of type Keyword. */
const NAMES = ['FeishuProfile', 'FeishuResource', 'FeishuDay', 'FeishuStatus'];
const LOOK_AGAIN_MS = 60_000;
const DEADLINE_MS = 3000;

/**
 * Looks at most once a minute until all are registered. Where the server does not say (no right, another product than
 * Temporal's own), they count as not registered: they are a convenience, and no run may fail for want of them.
 */
export function searchAttributeLook(client: Client): () => Promise<boolean> {
  let registered = false;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (registered || Date.now() - lookedAtMs < LOOK_AGAIN_MS) return registered;
    lookedAtMs = Date.now();
    registered = await look(client);
    return registered;
  };
}

async function look({ connection, options }: Client): Promise<boolean> {
  if (!(connection instanceof Connection)) return false;
  const { namespace } = options;
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      connection.operatorService.listSearchAttributes({ namespace }),
    );
    return NAMES.every((name) => customAttributes?.[name] !== undefined);
  } catch {
    // The answer to "may they be set?" is no, whatever the reason.
    return false;
  }
}
