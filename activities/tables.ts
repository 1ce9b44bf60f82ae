/** From the stage to tables: a day's commit, and the tables of single runs. */
import type { CommittedDay } from '../model/committed-day.ts';
import { commitDay, type IncludedTable } from '../dataset/commit-day.ts';
import { findManifest, type Manifest } from '../dataset/manifest.ts';
import type { DayLocation, SingleRunLocation } from '../dataset/storage-keys.ts';
import type { MeetingRef, QualitySource } from '../dataset/pending-units.ts';
import { writeMeetingsTable, writeResourceTable, writeSessionTable, type QualityAsk } from '../dataset/single.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { profileNamed } from './calls/call.ts';
import type { Deps } from './deps.ts';
import { onFiles } from './on-files.ts';
import type { DayWindow } from './settings.ts';

export interface CommitInput {
  profile: string;
  location: DayLocation;
  window: DayWindow;
  include: IncludedTable[];
  user_id_type: string;
  listing: 'list' | 'export';
  source: QualitySource;
  room_level_id: string | null;
}

export function tableActivities(deps: Deps) {
  const { store } = deps;

  function committed(manifest: Manifest, key: string, sha256: string): CommittedDay {
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
    async commitDay(input: CommitInput): Promise<CommittedDay> {
      const { location, window, include, user_id_type, listing, source, room_level_id } = input;
      const profile = profileNamed(deps, input.profile);
      return await onFiles(async () => {
        const { from, to, ask_until, asked_at, time_zone } = window;
        const { manifest, manifestKey, manifestSha256 } = await commitDay(store, {
          location,
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
    async sealedDay(input: { location: DayLocation }): Promise<CommittedDay | null> {
      return await onFiles(async () => {
        const found = await findManifest(store, input.location);
        return found?.manifest.sealed === true ? committed(found.manifest, found.key, found.sha256) : null;
      });
    },

    async storeResource(input: {
      profile: string;
      location: SingleRunLocation & { unit: string };
      resource: ExportResource;
    }): Promise<{ uri: string }> {
      const zone = profileNamed(deps, input.profile).timeZone;
      return await onFiles(() => writeResourceTable(store, zone, input));
    },

    async storeSession(input: {
      profile: string;
      location: SingleRunLocation;
      session: QualityAsk;
    }): Promise<{ uri: string; rows: number }> {
      const zone = profileNamed(deps, input.profile).timeZone;
      return await onFiles(() => writeSessionTable(store, zone, input));
    },

    async storeMeetings(input: {
      profile: string;
      location: SingleRunLocation;
      source: QualitySource;
      participants: string | null;
      meetings: MeetingRef[];
    }): Promise<{ uri: string; rows: number }> {
      const zone = profileNamed(deps, input.profile).timeZone;
      return await onFiles(() => writeMeetingsTable(store, zone, input));
    },
  };
}
