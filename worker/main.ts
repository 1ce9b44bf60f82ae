/** A worker process: reads the settings, serves the queue, stands by for the lease on API calls, and leaves in order. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { PollSchedule } from '../activities/calls/poll-schedule.ts';
import { StoreCircuitBreaker } from '../activities/calls/store-circuit-breaker.ts';
import { StoreError } from '../store/errors.ts';
import { workflowBundle } from './bundle.ts';
import { readSettings, SettingsError, type Settings } from './config.ts';
import { buildDeps } from './deps.ts';
import { startApiWorker } from './api-lease/api-worker.ts';
import { standByForApiLease } from './api-lease/stand-by.ts';
import { createLogger, temporalLogger } from './logging.ts';
import { PRODUCT } from './product.ts';

/** Longest time that a call may be under way: it has 10 s from its turn to its answer, connecting included. */
const UNANSWERED_MS = 11_000;
/** Calls of one endpoint that wait here; more are sent back to the server. Each costs heartbeats, each way back two writes. */
const MAX_WAITING = 256;
const SHUTDOWN_GRACE = '20 seconds';

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const settings = settingsOrExit();
const { taskQueue, deployment, logLevel } = settings;
const logger = createLogger(logLevel);
Runtime.install({ logger: temporalLogger(logger, logLevel), shutdownSignals: [] });

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const address = connectionOptions.address ?? 'localhost:7233';

/** Both at once; says what to do where nobody answers. */
async function connect(): Promise<{ native: NativeConnection; client: Client }> {
  try {
    const [native, connection] = await Promise.all([
      NativeConnection.connect(connectionOptions),
      Connection.connect(connectionOptions),
    ]);
    return { native, client: new Client({ connection, namespace }) };
  } catch (error) {
    process.stderr.write(
      `No Temporal server answers at ${address}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.stderr.write('Start one with "feishu-vc server", or set TEMPORAL_ADDRESS.\n');
    process.exit(1);
  }
}

const { native, client } = await connect();
const { deps, limitFor, close } = buildDeps(settings, client);
try {
  for (const name of deps.profileNames()) await deps.claimStore(deps.profile(name)!);
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

// In the background, since a large store takes a while; leftovers cost disk and nothing else.
void deps.store.sweep().then(
  (swept) => logger.info(swept, 'leftovers of dead processes removed'),
  (error: unknown) => logger.warn({ error: String(error) }, 'leftovers of dead processes stay'),
);

const worker = await Worker.create({
  connection: native,
  namespace,
  taskQueue,
  workflowBundle: workflowBundle(),
  activities: createActivities(deps),
  maxConcurrentActivityTaskExecutions: 20,
  // What a dead worker had in its cache waits for it so long before another one takes over.
  stickyQueueScheduleToStartTimeout: '3 seconds',
  shutdownGraceTime: SHUTDOWN_GRACE,
  // Runs move on to the newest version by themselves, as without versioning; the queue of calls belongs to none.
  ...(deployment === null
    ? {}
    : {
        workerDeploymentOptions: {
          version: deployment,
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'AUTO_UPGRADE',
        },
      }),
});
const polls = new PollSchedule();
const usedUp = new Set<string>();
const breaker = new StoreCircuitBreaker(deps.store);
const apiLease = standByForApiLease({
  client,
  taskQueue,
  limitFor,
  unansweredMs: UNANSWERED_MS,
  maxWaiting: MAX_WAITING,
  startApiWorker: (pacer) =>
    startApiWorker({ connection: native, client, namespace, taskQueue, deps, polls, usedUp, breaker, pacer }),
  logger,
});

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'worker stopping');
    void apiLease.shutdown().finally(() => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    });
  });
}

logger.info(
  { product: PRODUCT, address, namespace, taskQueue, profiles: deps.profileNames(), ...deployment },
  'worker ready',
);
await worker.run();
await close();
await native.close();
await client.connection.close();
logger.info({}, 'worker stopped');
