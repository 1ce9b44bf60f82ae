/** Has the days of a worker's profiles loaded into the warehouse, where one is configured; the log says how it goes. */
import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import { Loader } from '../warehouse/index.ts';
import type { Settings } from './config.ts';
import type { Metrics } from './metrics/meter.ts';
import { warehouseOf } from './warehouse-settings.ts';

export function startLoader(
  { warehouse, role }: Settings,
  {
    store,
    profiles,
    logger,
    metrics,
  }: { store: Store; profiles: readonly string[]; logger: Logger; metrics: Pick<Metrics, 'away' | 'warehouseLacking'> },
): Loader | null {
  // A worker that only makes calls commits nothing, and is to be kept from nothing.
  if (warehouse === null || role === 'api') return null;
  const away = (value: 0 | 1): void => metrics.away.set(value, { what: 'warehouse' });
  away(0);
  return new Loader({
    warehouse: warehouseOf(warehouse),
    store,
    profiles,
    onLoaded: (of) => logger.info(of, 'days are loaded into the warehouse'),
    onDayRefused: (of) => logger.warn(of, 'a day cannot be loaded into the warehouse'),
    onStanding: ({ profile, lacking }) => metrics.warehouseLacking.set(lacking, { profile }),
    onTrouble: (of) => {
      away(1);
      logger.warn(of, 'the warehouse takes nothing; exports go on');
    },
    onOver: () => {
      away(0);
      logger.info({}, 'the warehouse takes days again');
    },
  });
}
