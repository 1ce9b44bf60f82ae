import { skip, warn, type Check } from '../check.ts';

export const warehouse: Check = {
  name: 'warehouse',
  run: ({ env }) =>
    env['WAREHOUSE_URL']
      ? warn(
          'WAREHOUSE_URL is set, and this version loads no database',
          'Take it away; the tables are Parquet files, which databases read',
        )
      : skip('none is configured'),
};
