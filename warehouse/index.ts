/** A copy of committed days in PostgreSQL. The store is the record: whatever becomes of the copy, it can be made again. */
export { WarehouseError } from './errors.ts';
export { loadDay, type LoadedDay } from './load-day.ts';
export { isOfTheDay, Loader } from './loader.ts';
export { removeDaysBefore } from './remove-days.ts';
export { mayLoad, prepareSchema, schemaVersion, WAREHOUSE_VERSION } from './schema.ts';
export { goesInClear, isWarehouseUrl, withSession, type Session, type Warehouse } from './session.ts';
export { ManifestHashes, standingOf, type Standing } from './standing.ts';
