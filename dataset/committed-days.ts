/** The committed days of a range and the files of their tables, for whoever reads tables. */
import type { Store } from '../store/store.ts';
import { TABLES, type TableName } from '../tables/columns.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { manifestDays } from './storage-keys.ts';

export interface CommittedDays {
  /** The oldest first. */
  manifests: Manifest[];
  /** Keys of the tables that the days have. */
  files: Record<TableName, string[]>;
}

export async function committedDays(
  store: Store,
  { profile, from = '', to = '9999' }: { profile: string; from?: string; to?: string },
): Promise<CommittedDays> {
  const names = Object.keys(TABLES) as TableName[];
  const files = Object.fromEntries(names.map((name) => [name, [] as string[]])) as CommittedDays['files'];
  const manifests: Manifest[] = [];
  for (const day of (await manifestDays(store, profile)).filter((each) => each >= from && each <= to)) {
    const manifest = await readManifest(store, { profile, day });
    if (!manifest) continue;
    manifests.push(manifest);
    for (const name of names) {
      const key = manifest.tables[name]?.key;
      if (key !== undefined) files[name].push(key);
    }
  }
  return { manifests, files };
}
