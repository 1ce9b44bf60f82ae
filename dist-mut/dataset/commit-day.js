/**
 * Turns the stage into a day's tables and commits them: files aside, renamed under the day's lock, the manifest last.
 * Running it again gives the same; a run that began earlier than what is committed changes nothing.
 */
import { rm } from 'node:fs/promises';
import { commitFiles } from '../store/commit.js';
import { TABLES } from '../tables/columns.js';
import { DayBuilder } from './build-day.js';
import { findManifest, parseManifest, readManifest, SCHEMA_VERSION, } from './manifest.js';
import { isRecordKey, manifestKey, resourceFolder, stageIndexFolder, stageIndexKey, } from './storage-keys.js';
import { readIndex, recordsOf, sumOfCalls, writeIndex } from './records.js';
import { isSealed, restatementsOf } from './restatement.js';
import { stageOf, StageReader } from './stage.js';
import { writeTableFile } from './table-files.js';
const STAGE_RESOURCES = [
    'meeting_list',
    'participant_list',
    'participant_quality_list',
    'resource_reservation_list',
    'rooms',
];
const TABLE_NAMES = Object.keys(TABLES);
const RESTATEMENTS_KEPT = 20;
export async function commitDay(store, input) {
    const { location } = input;
    const records = [];
    for (const resource of STAGE_RESOURCES) {
        for await (const record of recordsOf(store, location, resource))
            records.push(record);
    }
    const index = await writeIndex(store, stageIndexKey(location), records);
    const run = {
        ...input.run,
        generation: location.generation,
        stage: { key: index.key, sha256: index.sha256 },
    };
    const tables = input.include.flatMap((table) => table === 'quality_minutes' ? ['quality_minutes', 'units'] : [table]);
    const committed = await writeTables(store, { ...input, fetched: true, tables, run, records });
    await removeSuperseded(store, location, committed.manifest);
    return committed;
}
async function writeTables(store, writing) {
    const { location, run, records } = writing;
    const { profile, day } = location;
    const known = await readManifest(store, location);
    const reader = new StageReader(store, writing.time_zone);
    const builder = new DayBuilder(reader, stageOf(records), run);
    const { tables, vanished } = await withoutVanished(builder, writing.tables, known);
    const files = [];
    try {
        for (const table of tables) {
            const rows = await builder.rows(table);
            files.push(await writeTableFile(store, { table, profile, day, rows, run, notes: reader.notes }));
        }
        const restatements = writing.fetched ? await restatementsOf(store, known, files) : [];
        return await commit(store, writing, { builder, files, vanished, restatements });
    }
    finally {
        await Promise.all(files.map(({ tempPath }) => rm(tempPath, { force: true })));
    }
}
/**
 * An empty answer where rows were known does not erase them: the tables that it would empty stay as they are, and the
 * day shows the gap. Without its meetings a day has no participants and no minutes either.
 */
async function withoutVanished(builder, tables, known) {
    const vanished = new Set();
    const knownRows = (table) => known?.tables[table]?.rows ?? 0;
    if (tables.some((table) => table !== 'reservations') && knownRows('meetings') > 0) {
        if ((await builder.meetings()).length === 0) {
            for (const table of tables)
                if (table !== 'reservations' && knownRows(table) > 0)
                    vanished.add(table);
        }
    }
    if (tables.includes('reservations') && knownRows('reservations') > 0 && (await builder.reservations()).length === 0) {
        vanished.add('reservations');
    }
    return { tables: tables.filter((table) => !vanished.has(table)), vanished: [...vanished] };
}
async function commit(store, writing, built) {
    const key = manifestKey(writing.location);
    const result = await commitFiles(store, {
        lockKey: key,
        manifestKey: key,
        files: built.files.map(({ tempPath, entry }) => ({ tempPath, key: entry.key, sha256: entry.sha256 })),
        buildManifest: (previous) => {
            const known = previous === null ? null : parseManifest(previous);
            if (known && known.generation > writing.location.generation)
                return 'superseded';
            return merged(known, writing, built);
        },
    });
    if (result.status === 'committed') {
        return { manifest: result.manifest, manifestKey: key, manifestSha256: result.file.sha256, committed: true };
    }
    const inForce = await findManifest(store, writing.location);
    if (!inForce)
        throw new Error('a later commit was found, and then not');
    return { manifest: inForce.manifest, manifestKey: key, manifestSha256: inForce.sha256, committed: false };
}
function merged(known, writing, { builder, files, vanished, restatements }) {
    const { location, records, time_zone, api_host, product } = writing;
    for (const table of vanished)
        builder.gaps.add(table, 'vanished: an empty answer where rows were known; they are kept');
    const built = builder.gaps.list();
    const kept = (known?.gaps ?? []).filter((old) => !writing.tables.includes(old.table) && !built.some((gap) => gap.table === old.table));
    const gaps = [...built, ...kept];
    const ofThisRun = records.filter((record) => record.generation === location.generation);
    const withUnits = files.some(({ table }) => table === 'units');
    const keepsUnits = !withUnits && known?.tables.units !== undefined;
    return {
        version: SCHEMA_VERSION,
        product,
        profile: location.profile,
        day: location.day,
        time_zone,
        api_host,
        generation: location.generation,
        committed_at: new Date().toISOString(),
        complete: gaps.length === 0,
        sealed: writing.fetched ? isSealed(known, files, { run: writing.run, gaps }) : (known?.sealed ?? false),
        tables: { ...known?.tables, ...Object.fromEntries(files.map(({ table, entry }) => [table, entry])) },
        // Without quality, the units of a day are its lists.
        units: keepsUnits ? known.units : withUnits ? builder.units : builder.lists,
        gaps,
        calls: sumOfCalls(ofThisRun),
        unknown_creates: ofThisRun.reduce((sum, record) => sum + record.unknown_creates, 0),
        reconciliation: builder.reconciliation ?? known?.reconciliation ?? {},
        restatements: [...restatements, ...(known?.restatements ?? [])].slice(0, RESTATEMENTS_KEPT),
    };
}
/** Raw files that neither a committed table nor a unit's record was made of are of no use any more. */
async function removeSuperseded(store, location, manifest) {
    const indexes = new Set(Object.values(manifest.tables).map((table) => table.run.stage.key));
    const needed = new Set();
    for (const key of indexes) {
        for (const record of await readIndex(store, key))
            for (const file of record.files)
                needed.add(file.key);
    }
    for (const resource of STAGE_RESOURCES) {
        for await (const record of recordsOf(store, location, resource))
            for (const file of record.files)
                needed.add(file.key);
    }
    for await (const key of store.list(stageIndexFolder(location)))
        if (!indexes.has(key))
            await store.remove(key);
    for (const resource of STAGE_RESOURCES) {
        for await (const key of store.list(resourceFolder(location, resource))) {
            if (!isRecordKey(key) && !needed.has(key))
                await store.remove(key);
        }
    }
}
/** Writes the tables of a committed day again from its raw files, without a call. Null where the day was never committed. */
export async function rebuildDay(store, { profile, day, product }) {
    const manifest = await readManifest(store, { profile, day });
    if (!manifest)
        return null;
    let last = null;
    const runs = new Map(Object.values(manifest.tables).map((table) => [table.run.stage.key, table.run]));
    for (const [stageKey, run] of runs) {
        const location = { kind: 'day', profile, day, generation: manifest.generation };
        const { time_zone, api_host } = manifest;
        const records = await readIndex(store, stageKey);
        const tables = TABLE_NAMES.filter((name) => manifest.tables[name]?.run.stage.key === stageKey);
        last = await writeTables(store, { location, fetched: false, tables, run, records, time_zone, api_host, product });
    }
    return last;
}
//# sourceMappingURL=commit-day.js.map