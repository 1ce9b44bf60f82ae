/** From the stage to tables: a day's commit, and the tables of single runs. */
import type { CommittedDay } from '../model/committed-day.ts';
import { topGaps } from '../model/gaps.ts';
import { addCounts } from '../model/units.ts';
import { commitDay, tablesOf, type IncludedTable } from '../dataset/commit-day.ts';
import { withoutSessions } from '../dataset/session-name.ts';
import { absentOf } from '../dataset/whole-tables.ts';
import { isSealedFor } from '../dataset/restatement.ts';
import { findManifest, type Manifest } from '../dataset/manifest.ts';
import type { DayLocation, SingleRunLocation } from '../dataset/storage-keys.ts';
import type { MeetingRef } from '../dataset/meetings.ts';
import type { DayAsk, QualitySource } from '../dataset/questions.ts';
import { writeMeetingsTable, writeResourceTable, writeSessionTable, type QualityAsk } from '../dataset/single.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { OvertakenError } from '../store/errors.ts';
import { profileNamed } from './profiles.ts';
import type { TableName } from '../tables/columns.ts';
import type { Deps } from './deps.ts';
import { onFiles } from './on-files.ts';
import type { DayWindow } from './settings.ts';

export interface CommitInput {
  profile: string;
  location: DayLocation;
  window: DayWindow;
  include: IncludedTable[];
  day: DayAsk;
}

export function tableActivities(deps: Deps) {
  const { store, privacy } = deps;

  /**
   * `asked`: tables; one that a later run committed the day without is a gap of this run, and so is the later run where this
   * one was to commit the day and could not.
   */
  function committed(
    { manifest, key, sha256 }: { manifest: Manifest; key: string; sha256: string },
    { asked, superseded }: { asked: readonly TableName[]; superseded: boolean },
  ): CommittedDay {
    const absent = absentOf(manifest, asked);
    const gaps: Record<string, number> = {};
    for (const { table, reason, count } of manifest.gaps) {
      addCounts(gaps, { [`${table}: ${withoutSessions(reason)}`]: count });
    }
    for (const table of absent) addCounts(gaps, { [`${table}: a later run has committed the day without it`]: 1 });
    if (superseded) {
      const began = new Date(manifest.generation).toISOString();
      addCounts(gaps, { [`a run that began later (${began}) has committed the day: nothing of this run is in it`]: 1 });
    }
    return {
      manifest: { uri: store.uri(key), sha256 },
      complete: manifest.complete && !superseded && absent.length === 0,
      tables: Object.fromEntries(Object.entries(manifest.tables).map(([name, table]) => [name, table.rows])),
      units: manifest.units,
      gaps: topGaps(Object.entries(gaps).map(([reason, count]) => ({ reason, count }))),
      restatements: manifest.restatements
        .filter(({ generation }) => generation === manifest.generation)
        .map(({ table, added, removed, changed }) => ({ table, added, removed, changed })),
    };
  }

  return {
    /** Writes the day's tables and its manifest, the manifest last. Run twice, it gives the same. */
    async commitDay(input: CommitInput): Promise<CommittedDay> {
      const { location, window, include, day } = input;
      const profile = await profileNamed(deps, input.profile);
      const { profile: name, day: date } = location;
      const overtaken = (filesInPlace: number) => deps.onOvertaken?.({ profile: name, day: date, filesInPlace });
      return await onFiles(async () => {
        const { from, to, ask_until, asked_at, time_zone } = window;
        const {
          manifest,
          manifestKey,
          manifestSha256,
          committed: isInForce,
        } = await commitDay(store, {
          location,
          include,
          time_zone,
          api_host: profile.apiHost,
          product: deps.product,
          settle_hours: deps.settleHours,
          privacy,
          run: { ...day, from, to, ask_until, asked_at },
          onNotTidied: (error) => deps.onNotTidied?.({ profile: name, day: date, error }),
        }).catch((error: unknown) => {
          if (error instanceof OvertakenError) overtaken(error.filesInPlace);
          throw error;
        });
        if (!isInForce) overtaken(0);
        deps.onCommitted?.(manifest);
        return committed(
          { manifest, key: manifestKey, sha256: manifestSha256 },
          { asked: tablesOf(include), superseded: !isInForce },
        );
      });
    },

    /** The committed day, where it is sealed and has all that is asked for, asked for alike. Null: it is to be asked. */
    async sealedDay(input: {
      location: DayLocation;
      include: IncludedTable[];
      day: DayAsk;
    }): Promise<CommittedDay | null> {
      return await onFiles(async () => {
        const found = await findManifest(store, input.location);
        const wanted = { tables: tablesOf(input.include), day: input.day };
        if (!found || !isSealedFor(found.manifest, wanted)) return null;
        return committed(found, { asked: wanted.tables, superseded: false });
      });
    },

    /** `uri`: of the table. `raw`: the file that it is made of. */
    async storeResource(input: {
      profile: string;
      location: SingleRunLocation & { unit: string };
      resource: ExportResource;
    }): Promise<{ uri: string; raw: { uri: string; bytes: number; sha256: string } }> {
      const zone = (await profileNamed(deps, input.profile)).timeZone;
      return await onFiles(async () => {
        const { uri, file } = await writeResourceTable(store, { zone, privacy }, input);
        return { uri, raw: { uri: store.uri(file.key), bytes: file.bytes, sha256: file.sha256 } };
      });
    },

    async storeSession(input: {
      profile: string;
      location: SingleRunLocation;
      session: QualityAsk;
    }): Promise<{ uri: string; rows: number }> {
      const zone = (await profileNamed(deps, input.profile)).timeZone;
      return await onFiles(() => writeSessionTable(store, { zone, privacy }, input));
    },

    async storeMeetings(input: {
      profile: string;
      location: SingleRunLocation;
      source: QualitySource;
      participants: string | null;
      meetings: MeetingRef[];
    }): Promise<{ uri: string; rows: number }> {
      const zone = (await profileNamed(deps, input.profile)).timeZone;
      return await onFiles(() => writeMeetingsTable(store, { zone, privacy }, input));
    },
  };
}
