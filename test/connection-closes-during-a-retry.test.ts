import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { expect, it } from 'vitest';
import { freePort } from '../client/embedded/ports.ts';
import { retryUntilClosed } from '../temporal/grpc-retries.ts';

it('ends a call that waits for its next try, and throws nowhere else', async () => {
  const connection = Connection.lazy({
    address: `127.0.0.1:${await freePort()}`,
    interceptors: [retryUntilClosed()],
  });
  const ending = connection.workflowService.getSystemInfo({}).then(
    () => 'answered',
    (error: unknown) => String(error),
  );
  // The first try is refused at once, and the second comes after a tenth of a second at the soonest.
  await Promise.race([ending, delay(60)]);
  await connection.close();
  expect(await Promise.race([ending, delay(20_000, 'still waits')])).toContain('Channel has been shut down');
}, 30_000);
