/** From the stage to tables: a day's commit, and the tables of single runs. */
import { commitDay, type IncludedTable } from '../dataset/commit-day.ts';
import { findManifest, type Manifest } from '../dataset/manifest.ts';
import type { DayPlace, SinglePlace } from '../dataset/places.ts';
import type { MeetingRef, QualitySource } from '../dataset/plan.ts';
import type { UnitStatus } from '../dataset/records.ts';
import { writeMeetingsTable, writeResourceTable, writeSessionTable, type QualityAsk } from '../dataset/single.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { profileNamed } from './calls.ts';
import type { Deps } from './deps.ts';
import { onFiles } from './on-files.ts';
import type { DayWindow } from './settings.ts';

export interface CommitInput {
  profile: string;
  place: DayPlace;
  window: DayWindow;
  include: IncludedTable[];
  user_id_type: string;
  listing: 'list' | 'export';
  source: QualitySource;
  room_level_id: string | null;
}
export interface Committed {
  manifest: { uri: string; sha256: string };
  complete: boolean;
  tables: Record<string, number>;
  units: Partial<Record<UnitStatus, number>>;
  gaps: { reason: string; count: number }[];
  /** Rows of earlier commits that this one changed. */
  restatements: { table: string; added: number; removed: number; changed: number }[];
}

export function tableActivities(deps: Deps) {
  const { store } = deps;

  function committed(manifest: Manifest, key: string, sha256: string): Committed {
    return {
      manifest: { uri: store.uri(key), sha256 },
      complete: manifest.complete,
      tables: Object.fromEntries(Object.entries(manifest.tables).map(([name, table]) => [name, table.rows])),
      units: manifest.units,
      gaps: manifest.gaps.map(({ table, reason, count }) => ({ reason: `${table}: ${reason}`, count })),
      restatements: manifest.restatements
        .filter(({ generation }) => generation === manifest.generation)
        .map(({ table, added, removed, changed }) => ({ table, added, removed, changed })),
    };
  }

  return {
    /** Writes the day's tables and its manifest, the manifest last. Run twice, it gives the same. */
    async commitDay(input: CommitInput): Promise<Committed> {
      const { place, window, include, user_id_type, listing, source, room_level_id } = input;
      const profile = profileNamed(deps, input.profile);
      return await onFiles(async () => {
        const { from, to, ask_until, asked_at, time_zone } = window;
        const { manifest, manifestKey, manifestSha256 } = await commitDay(store, {
          place,
          include,
          time_zone,
          api_host: profile.apiHost,
          product: deps.product,
          run: { user_id_type, listing, source, room_level_id, from, to, ask_until, asked_at },
        });
        return committed(manifest, manifestKey, manifestSha256);
      });
    },

    /** The committed day, where it is sealed: asked often enough to be left alone. Null: it is to be asked. */
    async sealedDay(input: { place: DayPlace }): Promise<Committed | null> {
      return await onFiles(async () => {
        const found = await findManifest(store, input.place);
        return found?.manifest.sealed === true ? committed(found.manifest, found.key, found.sha256) : null;
      });
    },

    async storeResource(input: {
      profile: string;
      place: SinglePlace & { unit: string };
      resource: ExportResource;
    }): Promise<{ uri: string }> {
      const zone = profileNamed(deps, input.profile).timeZone;
      return await onFiles(() => writeResourceTable(store, zone, input));
    },

    async storeSession(input: {
      profile: string;
      place: SinglePlace;
      session: QualityAsk;
    }): Promise<{ uri: string; rows: number }> {
      const zone = profileNamed(deps, input.profile).timeZone;
      return await onFiles(() => writeSessionTable(store, zone, input));
    },

    async storeMeetings(input: {
      profile: string;
      place: SinglePlace;
      source: QualitySource;
      participants: string | null;
      meetings: MeetingRef[];
    }): Promise<{ uri: string; rows: number }> {
      const zone = profileNamed(deps, input.profile).timeZone;
      return await onFiles(() => writeMeetingsTable(store, zone, input));
    },
  };
}
