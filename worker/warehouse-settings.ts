/** Where the copy in PostgreSQL is. The programs of the warehouse read these settings alone. */
import { z } from 'zod';
import { isWarehouseUrl, type Warehouse } from '../warehouse/index.ts';
import { secretOf, type SecretSetting } from './secrets.ts';

const TAKES_URL = 'takes postgres://USER:PASSWORD@HOST/DATABASE, with what is special in them percent-encoded';
const TAKES_SCHEMA = 'takes the name of a schema: small letters, digits and _, not beginning with pg_';

export const warehouseSchema = {
  WAREHOUSE_URL: z.string().refine(isWarehouseUrl, TAKES_URL).optional(),
  WAREHOUSE_SCHEMA: z
    .string()
    .regex(/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/, TAKES_SCHEMA)
    .default('feishu_vc'),
};

export interface WarehouseSettings {
  url: SecretSetting;
  schema: string;
}

export function warehouseOf({ url, schema }: WarehouseSettings): Warehouse {
  const secret = secretOf(url);
  return { url: async () => await secret.get(), schema };
}
