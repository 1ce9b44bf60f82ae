/** Days that the store no longer keeps. */
import { quoteName } from '../store/duckdb.ts';
import type { Session } from './session.ts';
import { TABLE_NAMES } from './tables.ts';

/** @param from the first day that stays @returns how many rows went */
export async function removeDaysBefore(
  session: Session,
  { profile, from }: { profile: string; from: string },
): Promise<number> {
  return await session.transaction(async () => {
    let rows = 0;
    for (const table of [...TABLE_NAMES, 'days']) {
      const name = `${quoteName(session.schema)}.${quoteName(table)}`;
      const { touched } = await session.query(`DELETE FROM ${name} WHERE profile = $1 AND day < $2`, [profile, from]);
      rows += touched;
    }
    return rows;
  });
}
