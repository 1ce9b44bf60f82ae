/** A worker process: reads the settings, serves the queue, stands by for the lease on API calls, and leaves in order. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities, createCallActivities } from '../activities/index.ts';
import { HeldRuns } from '../activities/calls/held-runs.ts';
import { Outages } from '../activities/calls/outages.ts';
import { PollSchedule } from '../activities/calls/poll-schedule.ts';
import { StoreCircuitBreaker } from '../activities/calls/store-circuit-breaker.ts';
import { addressProblem } from '../temporal/address-problem.ts';
import { dataConverterWith } from '../temporal/data-converter.ts';
import { retryUntilClosed } from '../temporal/grpc-retries.ts';
import { PayloadKeyError } from '../temporal/payload-keys.ts';
import { canConnect } from '../feishu/reach.ts';
import { closeFiles } from '../model/file-modes.ts';
import { print } from '../report/terminal.ts';
import { StoreError } from '../store/errors.ts';
import { workflowBundle } from './bundle.ts';
import { maxCachedWorkflows } from './cache-size.ts';
import { readSettings, SettingsError, type Settings } from './config.ts';
import { buildDeps } from './deps.ts';
import { errorText } from './error-text.ts';
import { foreignHosts, openPlaces } from './exposure.ts';
import { startApiWorker, type LeaseDeps } from './api-lease/api-worker.ts';
import { agreeOnShards, ShardsDifferError } from './api-lease/lease-workflows.ts';
import { standByForApiLease } from './api-lease/stand-by.ts';
import { startHealth } from './health.ts';
import { createLogger, loggingOptions, logOvertaken } from './logging.ts';
import { metricsOptions, openMetrics } from './metrics/meter.ts';
import { startWatch } from './metrics/watch.ts';
import { openChannels } from './notify/channels.ts';
import { startNotifier } from './notify/notifier.ts';
import { PRODUCT } from './product.ts';
import { keepRaw } from './raw-keeper.ts';
import { watchServer } from './server-watch.ts';
import { startLoader } from './warehouse-loader.ts';

/**
 * When a call that was let go counts as made at the latest, whether or not it was answered: it is given up unsent within a second
 * of its turn, and what was sent has reached Feishu 10 s later.
 */
const UNANSWERED_MS = 11_000;
/** Calls of one endpoint that wait here; more are sent back to the server. Each costs heartbeats, each way back two writes. */
const MAX_WAITING = 256;
const SHUTDOWN_GRACE = '20 seconds';

/** For a setting that turns out to be wrong only when it is used. */
function exitOver(setting: string, why: unknown): never {
  const said = why instanceof Error ? why.message : String(why);
  print(process.stderr, new SettingsError([`${setting}: ${said}`]).message);
  process.exit(2);
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    print(process.stderr, error.message);
    process.exit(2);
  }
}

closeFiles(process);
const settings = settingsOrExit();
const { taskQueue, role, apiShards, payloadKeys, deployment, logLevel } = settings;
const logger = createLogger(logLevel);
const { metrics: metricsAt, health: healthAt } = settings.listen;
try {
  const { logging, logger: ofTemporal } = loggingOptions(logger);
  const telemetryOptions = { logging, ...(metricsAt !== null && { metrics: metricsOptions(metricsAt) }) };
  Runtime.install({ logger: ofTemporal, telemetryOptions, shutdownSignals: [] });
} catch (error) {
  if (metricsAt === null) throw error;
  exitOver('METRICS_ADDRESS', error);
}
const metrics = openMetrics(Runtime.instance().metricMeter);

for (const host of new Set(settings.profiles.flatMap(foreignHosts))) {
  logger.warn({ host }, "a host that is neither Feishu's nor Lark's gets the app's secret");
}
for (const { path, mode, closed } of await openPlaces({ settings, env: process.env })) {
  logger.warn({ path, mode, next: `chmod ${closed} ${path}` }, 'open to other users of this machine');
}

/** After an outage of hours too: gRPC's own distance between two tries to connect grows to two minutes. */
const RECONNECTING = { 'grpc.max_reconnect_backoff_ms': 5_000 };

const { connectionOptions: nativeOptions, namespace = 'default' } = loadClientConnectConfig();
const connectionOptions = { ...nativeOptions, channelArgs: RECONNECTING, interceptors: [retryUntilClosed()] };
const dataConverter = dataConverterWith(payloadKeys);
const address = connectionOptions.address ?? 'localhost:7233';
const wrongAddress = addressProblem(address);
if (wrongAddress !== null) exitOver('TEMPORAL_ADDRESS', wrongAddress);

/** Both at once; says what to do where nobody answers. */
async function connect(): Promise<{ native: NativeConnection; client: Client }> {
  try {
    const [native, connection] = await Promise.all([
      NativeConnection.connect(nativeOptions),
      Connection.connect(connectionOptions),
    ]);
    return { native, client: new Client({ connection, namespace, dataConverter }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    print(process.stderr, `No Temporal server answers at ${address}: ${why}`);
    print(process.stderr, 'Start one with "feishu-vc server", or set TEMPORAL_ADDRESS.');
    process.exit(1);
  }
}

const traces = settings.traces === null ? undefined : (await import('./traces.ts')).openTraces(settings.traces);
const { native, client } = await connect();
const { deps, logIns, limitFor, close } = buildDeps(settings, {
  client,
  logger,
  onBytes: (endpoint, bytes) => metrics.answerBytes.add(bytes, { endpoint }),
  aroundCall: traces?.aroundCall,
});
try {
  for (const name of deps.profileNames()) await deps.claimStore(deps.profile(name)!);
  for (const shortcoming of await deps.store.shortcomings())
    logger.warn({ shortcoming }, 'the store keeps less than it ought to');
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  print(process.stderr, error.message);
  process.exit(1);
}

const serverWatch = watchServer(connectionOptions, logger);
try {
  await agreeOnShards({
    client,
    taskQueue,
    shards: apiShards,
    makesCalls: role !== 'work',
    onUnanswered: (err) =>
      serverWatch.logger.warn({ err }, 'the worker cannot begin: Temporal does not say who makes the calls'),
  });
} catch (error) {
  // What seals the lease seals the runs: this worker could do none of them.
  if (!(error instanceof ShardsDifferError || error instanceof PayloadKeyError)) throw error;
  print(process.stderr, error.message);
  process.exit(1);
}

// In the background, since a large store takes a while; leftovers cost disk and nothing else.
void deps.store.sweep().then(
  (swept) => logger.info(swept, 'leftovers of dead processes removed'),
  (error: unknown) => logger.warn({ error: errorText(error) }, 'leftovers of dead processes stay'),
);

const rawKeeper = keepRaw(settings, { store: deps.store, profiles: deps.profileNames(), logger });

const loader = startLoader(settings, { store: deps.store, profiles: deps.profileNames(), logger, metrics });

const createWorker = async () =>
  Worker.create({
    connection: native,
    namespace,
    taskQueue,
    dataConverter,
    workflowBundle: await workflowBundle({ sealsFailures: payloadKeys.length > 0, traces: traces !== undefined }),
    ...traces?.options,
    activities: createActivities({
      ...deps,
      onNotTidied: ({ error, ...of }) =>
        logger.warn(
          { ...of, error: errorText(error) },
          'the raw files of a committed day are not tidied up; its next commit does it',
        ),
      onOvertaken: (of) => logOvertaken(logger, of),
      onCommitted: (manifest) => {
        rawKeeper?.nudge();
        loader?.nudge();
        watch?.committed(manifest);
      },
    }),
    maxConcurrentActivityTaskExecutions: 20,
    maxCachedWorkflows: maxCachedWorkflows(),
    // What a dead worker had in its cache waits for it so long before another one takes over.
    stickyQueueScheduleToStartTimeout: '3 seconds',
    shutdownGraceTime: SHUTDOWN_GRACE,
    // Runs move on to the newest version by themselves, as without versioning; the queues of calls belong to none.
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
const worker = role === 'api' ? undefined : await createWorker();
const polls = new PollSchedule();
const usedUp = new Set<string>();
const breaker = new StoreCircuitBreaker(deps.store, { logger });
const outages = new Outages({ logger, store: breaker, canReach: canConnect, canStore: () => breaker.isUsable() });
const held = new HeldRuns();
const callActivities = (leased: LeaseDeps) =>
  createCallActivities({
    ...deps,
    polls,
    usedUp,
    breaker,
    outages,
    held,
    onCalled: (of) => metrics.calls.add(1, of),
    ...leased,
  });
let stopping = false;
const health =
  healthAt === null
    ? null
    : await startHealth(healthAt, {
        store: deps.store,
        isPolling: () => !stopping && (worker === undefined || worker.getState() === 'RUNNING'),
        temporal: serverWatch,
      }).catch((error: unknown) => exitOver('HEALTH_ADDRESS', error));

const apiLease = standByForApiLease({
  client,
  taskQueue,
  shards: apiShards,
  makesCalls: role !== 'work',
  limitFor,
  unansweredMs: UNANSWERED_MS,
  maxWaiting: MAX_WAITING,
  outages,
  startApiWorker: (lease) =>
    startApiWorker(
      {
        connection: native,
        client,
        namespace,
        taskQueue,
        dataConverter,
        interceptors: traces?.options.interceptors,
        activities: callActivities,
      },
      lease,
    ),
  onShardsDiffer: (error) => {
    logger.error({ err: error }, 'the workers of this queue use another FEISHU_API_SHARDS; this one ends');
    process.exitCode = 1;
    stop();
  },
  logger: serverWatch.logger,
});

const notifier = startNotifier({
  channels: openChannels(settings.notify),
  deps,
  taskQueue,
  logger: serverWatch.logger,
});

const watch =
  metricsAt === null
    ? null
    : startWatch({
        metrics,
        store: deps.store,
        profiles: deps.profileNames().map((name) => deps.profile(name)!),
        logIns,
        makesCalls: role !== 'work',
        shards: apiShards,
        pacers: apiLease.held,
        outages,
        usedUp,
        temporal: serverWatch,
        logger: serverWatch.logger,
      });

let toldToStop = (): void => undefined;
const stopped = new Promise<void>((resolve) => (toldToStop = resolve));
function stop(): void {
  if (stopping) return;
  stopping = true;
  void apiLease.shutdown().finally(() => {
    if (worker?.getState() === 'RUNNING') worker.shutdown();
    toldToStop();
  });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!stopping) logger.info({ signal }, 'worker stopping');
    stop();
  });
}

logger.info(
  { product: PRODUCT, address, namespace, taskQueue, role, profiles: deps.profileNames(), ...deployment },
  'worker ready',
);
await (worker === undefined ? stopped : worker.run());
await health?.close();
await watch?.close();
await notifier.close();
await loader?.stop();
await rawKeeper?.stop();
await serverWatch.close();
await close();
await traces?.close();
await native.close();
await client.connection.close();
logger.info({}, 'worker stopped');
