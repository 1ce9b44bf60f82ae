/** What the Temporal server says, asked once. */
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { retryUntilClosed } from '../../temporal/grpc-retries.ts';
import { once } from './outcome.ts';

const CONNECT_TIMEOUT_MS = 3000;
const DEADLINE_MS = 5000;
const DEFAULT_ADDRESS = 'localhost:7233';

export interface TemporalPlace {
  address: string;
  namespace: string;
}

export class TemporalProbe {
  readonly #env: NodeJS.ProcessEnv;
  readonly taskQueue: string;
  #connection: Connection | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
    this.taskQueue = env['FEISHU_TASK_QUEUE'] || 'feishu-vc';
  }

  /** Where the server is to be; fails where its settings cannot be read. */
  readonly place = once(() =>
    Promise.resolve(this.#config()).then(({ address, namespace }) => ({ address, namespace })),
  );

  readonly connection = once(async (): Promise<Connection> => {
    const { options, address } = this.#config();
    this.#connection = await Connection.connect({
      ...options,
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      interceptors: [retryUntilClosed()],
    });
    return this.#connection;
  });

  /** One call of the server, with an end. */
  async ask<T>(work: (connection: Connection, place: TemporalPlace) => Promise<T>): Promise<T> {
    const [connection, place] = [await this.connection(), await this.place()];
    if (!connection.ok) throw connection.error;
    if (!place.ok) throw place.error;
    const ends = Date.now() + DEADLINE_MS;
    return await connection.value.withDeadline(ends, () => work(connection.value, place.value));
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }

  #config(): TemporalPlace & { options: ReturnType<typeof loadClientConnectConfig>['connectionOptions'] } {
    const given = Object.entries(this.#env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(given) });
    return {
      options: connectionOptions,
      address: connectionOptions.address ?? DEFAULT_ADDRESS,
      namespace: namespace ?? 'default',
    };
  }
}
