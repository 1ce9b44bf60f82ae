/**
 * The stage: raw files as received, and one small record for each unit. A unit is done when its record exists; a day is
 * committed by reading its records, so that neither a crash nor a changed column costs a call.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { addCounts, UNIT_STATUSES } from '../model/units.js';
import { isRecordKey, recordKey, resourceFolder, } from './storage-keys.js';
const rawFile = z.object({ key: z.string(), bytes: z.number(), sha256: z.string() });
const answer = {
    status: z.enum(UNIT_STATUSES),
    reason: z.string().nullable(),
    /** Unix seconds. */
    asked_at: z.number(),
    generation: z.number(),
};
const unitRecord = z.object({
    version: z.literal(1),
    resource: z.string().transform((name) => name),
    unit: z.string(),
    via: z.enum(['export', 'list']),
    ...answer,
    /** What was asked, in the documented spelling: the files do not say which meeting or person they are of. */
    request: z.record(z.string(), z.unknown()),
    files: z.array(rawFile),
    rows: z.number(),
    pages: z.number(),
    task_id: z.string().nullable(),
    unknown_creates: z.number(),
    /** Calls by endpoint, failed attempts included. */
    calls: z.record(z.string(), z.number()),
    /** End of what was asked about, unix seconds, where "no data" may mean "not yet" for some hours after it. */
    settles_after: z.number().nullable(),
    /** A later ask that brought nothing, while what was known before is kept. */
    later: z.object(answer).nullable(),
});
/** What a unit's last ask came to, the kept rows of an earlier one aside. */
export function lastAnswer(record) {
    return record.later ?? record;
}
export async function readRecord(store, location) {
    return await readRecordAt(store, recordKey(location));
}
export async function readRecordAt(store, key) {
    if (!(await store.exists(key)))
        return null;
    return unitRecord.parse(await store.readJson(key));
}
/**
 * Writes a unit's record. A record of a later run stays. Rows that are known stay too when the new answer has none: the
 * new answer is then noted beside them.
 */
export async function writeRecord(store, location, record) {
    const known = await readRecord(store, location);
    if (known && lastAnswer(known).generation > record.generation)
        return;
    const { status, reason, asked_at, generation } = record;
    const keepsRows = known !== null && known.rows > 0 && record.rows === 0 && known.generation < generation;
    const kept = keepsRows ? { ...known, later: { status, reason, asked_at, generation } } : record;
    await store.writeJson(recordKey(location), kept);
}
/** Every record of a place's resource. */
export async function* recordsOf(store, location, resource) {
    for await (const key of store.list(resourceFolder(location, resource))) {
        if (isRecordKey(key))
            yield unitRecord.parse(await store.readJson(key));
    }
}
/** Keeps an answer's bytes as received, compressed. `sha256` is that of the stored file. */
export async function putJsonGz(store, key, bytes) {
    const written = await store.put(key, gzipSync(bytes));
    return { key, ...written };
}
export async function readJsonGz(store, key) {
    return JSON.parse(gunzipSync(await store.read(key)).toString('utf8'));
}
export async function writeIndex(store, key, records) {
    return await putJsonGz(store, key, JSON.stringify(records));
}
export async function readIndex(store, key) {
    return z.array(unitRecord).parse(await readJsonGz(store, key));
}
/** Calls by endpoint, of all of them together. */
export function sumOfCalls(records) {
    const calls = {};
    for (const record of records)
        addCounts(calls, record.calls);
    return calls;
}
//# sourceMappingURL=records.js.map