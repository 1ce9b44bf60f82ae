/** What a day lacks of the tables that a schedule asks for, as people are told of it. */
import { readManifest } from '../../dataset/manifest.ts';
import { absentOf, hasWhole } from '../../dataset/whole-tables.ts';
import { StoreError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import type { TableName } from '../../tables/columns.ts';
import type { DaysIncomplete } from './notice.ts';

type GapsByKind = DaysIncomplete['days'][number]['gaps'];

/** By kind; null: the day has all of these tables, and they are whole. */
export async function gapsOf(
  store: Store,
  location: { profile: string; day: string },
  tables: readonly TableName[],
): Promise<GapsByKind | null> {
  try {
    const manifest = await readManifest(store, location);
    if (manifest === null) return [{ kind: 'absent', count: 1 }];
    if (hasWhole(manifest, tables)) return null;
    const kinds = new Map<string, number>();
    for (const { kind, count } of manifest.gaps) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
    const absent = absentOf(manifest, tables).length;
    if (absent > 0) kinds.set('absent', absent);
    return [...kinds].map(([kind, count]) => ({ kind, count }));
  } catch (error) {
    if (error instanceof StoreError && error.code === 'damaged') return [{ kind: 'unreadable', count: 1 }];
    throw error;
  }
}
