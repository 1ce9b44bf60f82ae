/** Where the copy in PostgreSQL is. The programs of the warehouse read these settings alone. */
import { z } from 'zod';
import { isWarehouseUrl, type Warehouse } from '../warehouse/index.ts';
import { secretOf, type SecretSetting } from './secrets.ts';

const TAKES_URL = 'takes postgres://USER:PASSWORD@HOST/DATABASE, with what is special in them percent-encoded';
const TAKES_SCHEMA = 'takes the name of a schema: small letters, digits and _, not beginning with pg_';

/** On, then off. */
const SWITCH = ['1', 'true', 'on', '0', 'false', 'off'] as const;

export const warehouseSchema = {
  WAREHOUSE_URL: z.string().refine(isWarehouseUrl, TAKES_URL).optional(),
  WAREHOUSE_SCHEMA: z
    .string()
    .regex(/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/, TAKES_SCHEMA)
    .default('feishu_vc'),
  WAREHOUSE_ALLOW_CLEAR: z.enum(SWITCH, 'takes 1, true or on, else 0, false or off').optional(),
};

export interface WarehouseSettings {
  url: SecretSetting;
  schema: string;
  /** Its password and rows may go to another machine without TLS that is verified. */
  allowsClear: boolean;
}

export const CLEAR_WAREHOUSE =
  'WAREHOUSE_URL: takes sslmode=verify-full where it names another machine; without it password and rows can be read on the way ' +
  '(in a network of your own: WAREHOUSE_ALLOW_CLEAR=1)';

export function warehouseOf({ url, schema, allowsClear }: WarehouseSettings): Warehouse {
  const secret = secretOf(url);
  return { url: async () => await secret.get(), schema, allowsClear };
}
