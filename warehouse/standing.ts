/** What the warehouse has of a profile, against the manifests in the store. */
import { createHash } from 'node:crypto';
import { manifestDays, manifestKey } from '../dataset/storage-keys.ts';
import { quoteName } from '../store/duckdb.ts';
import type { Store, Version } from '../store/store.ts';
import { COLUMNS_HASH } from './tables.ts';
import type { Session } from './session.ts';

export interface Standing {
  profile: string;
  /** Days that the store has. */
  days: number;
  /** Those that the warehouse has as the store has them. */
  loaded: number;
  /** The others, the newest first, with the hashes of their manifests. */
  lacking: { day: string; sha256: string }[];
  /** When a day was taken over last, RFC 3339; null for never. */
  last_loaded_at: string | null;
}

export async function standingOf(
  session: Session,
  { profile, manifests }: { profile: string; manifests: ManifestHashes },
): Promise<Standing> {
  const { rows } = await session.query(
    `SELECT day::text AS day, min(manifest_sha256) AS sha256, max(manifest_sha256) AS other,
       min(columns_hash) AS columns, max(loaded_at) AS loaded_at
     FROM ${quoteName(session.schema)}.days WHERE profile = $1 GROUP BY day`,
    [profile],
  );
  const held = new Map(
    rows
      .filter((row) => row['sha256'] === row['other'] && row['columns'] === COLUMNS_HASH)
      .map((row) => [String(row['day']), String(row['sha256'])]),
  );
  const stored = await manifests.of(profile);
  const lacking = [...stored]
    .map(([day, sha256]) => ({ day, sha256 }))
    .filter((each) => held.get(each.day) !== each.sha256);
  const times = rows.flatMap(({ loaded_at }) => (loaded_at instanceof Date ? [loaded_at.toISOString()] : []));
  return {
    profile,
    days: stored.size,
    loaded: stored.size - lacking.length,
    lacking: lacking.toReversed(),
    last_loaded_at: times.toSorted().at(-1) ?? null,
  };
}

/** Hashes of the manifests in a store. One that was read and has not changed since is not read again. */
export class ManifestHashes {
  readonly #store: Store;
  readonly #known = new Map<string, { version: Version; sha256: string }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** By day, the oldest first. */
  async of(profile: string): Promise<Map<string, string>> {
    const hashes = new Map<string, string>();
    for (const day of await manifestDays(this.#store, profile)) {
      hashes.set(day, await this.#hashOf(manifestKey({ profile, day })));
    }
    return hashes;
  }

  async #hashOf(key: string): Promise<string> {
    const version = await this.#store.version(key);
    const known = this.#known.get(key);
    if (known !== undefined && known.version === version) return known.sha256;
    const sha256 = createHash('sha256')
      .update(await this.#store.read(key))
      .digest('hex');
    // What was read may be newer than what was looked at: then it is read once more.
    this.#known.set(key, { version, sha256 });
    return sha256;
  }
}
