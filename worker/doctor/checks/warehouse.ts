import {
  mayLoad,
  schemaVersion,
  WAREHOUSE_VERSION,
  WarehouseError,
  withSession,
  type Session,
} from '../../../warehouse/index.ts';
import { warehouseOf } from '../../warehouse-settings.ts';
import { fail, ofProfile, ok, skip, warn, type Finding } from '../check.ts';

/** Whether the copy in PostgreSQL can be loaded. Nothing is made or changed there. */
export const warehouse = ofProfile('warehouse', async ({ settings }, { isOffline }) => {
  if (settings.warehouse === null) return skip('none is configured');
  if (isOffline) return skip('the warehouse is not asked (--offline)');
  try {
    return await withSession(warehouseOf(settings.warehouse), async (session) => {
      const found = await findingOf(session);
      if (!session.isInClear || found.state !== 'ok') return found;
      return warn(`${found.seen}; password and rows go to another machine without TLS that is verified`, IN_CLEAR);
    });
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    return fail(error.seen, error.next);
  }
});

const IN_CLEAR = 'Add sslmode=verify-full to WAREHOUSE_URL, and take WAREHOUSE_ALLOW_CLEAR away';

async function findingOf(session: Session): Promise<Finding> {
  const version = await schemaVersion(session);
  const lacks = await mayLoad(session);
  const where = `the schema ${session.schema}`;
  if (version !== null && version > WAREHOUSE_VERSION) {
    return fail(`${where} is of version ${version}, this product knows ${WAREHOUSE_VERSION}`, 'Update this product');
  }
  if (lacks.length > 0) {
    const next = 'Run feishu-vc warehouse prepare as the owner of the schema, and grant what docs/warehouse.md lists';
    return fail(`${where}: this user lacks ${lacks.slice(0, 3).join(', ')}`, next);
  }
  if (version === null) return ok(`${where} is not there yet; the worker makes it`);
  if (version < WAREHOUSE_VERSION)
    return ok(`${where} is of version ${version}; the worker brings it to ${WAREHOUSE_VERSION}`);
  return ok(`${where} is of version ${version} and may be loaded`);
}
