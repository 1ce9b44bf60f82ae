/** What a commit changes of rows that were committed before, and when a day has come to rest. */
import { StoreError } from '../store/errors.js';
import { diffParquet } from '../store/parquet.js';
import { SETTLE_HOURS } from './pending-units.js';
/** Compares the files in place with those about to take it; a file that is missing or torn has nothing to compare. */
export async function restatementsOf(store, known, files) {
    const restatements = [];
    for (const { table, tempPath, entry } of files) {
        // Units say how the run went: a failed one that is asked again changes nothing that Feishu says.
        if (table === 'units')
            continue;
        const before = known?.tables[table];
        if (!known || !before || before.rows_hash === entry.rows_hash || !(await store.exists(before.key)))
            continue;
        // Another kind of id or another source gives other rows of the same facts.
        if (!askedAlike(before.run, entry.run))
            continue;
        const changes = await changesOf(store.path(before.key), tempPath);
        if (!changes)
            continue;
        const { added, removed, changed } = changes;
        if (added + removed + changed === 0)
            continue;
        const { generation } = entry.run;
        restatements.push({ table, generation, at: new Date().toISOString(), before: known.committed_at, ...changes });
    }
    return restatements;
}
function askedAlike(before, now) {
    const { user_id_type, listing, source } = before;
    return user_id_type === now.user_id_type && listing === now.listing && source === now.source;
}
/** Null where the file in place cannot be read. */
async function changesOf(before, after) {
    try {
        return await diffParquet({ before, after, key: 'row_key' });
    }
    catch (error) {
        if (error instanceof StoreError && error.code === 'damaged')
            return null;
        throw error;
    }
}
/** Sealed: everything there was asked again after it had settled, came back the same, and has no gap. */
export function isSealed(known, files, { run, gaps }) {
    if (!known || gaps.length > 0 || run.asked_at < run.to + SETTLE_HOURS * 3600)
        return false;
    return Object.entries(known.tables).every(([table, before]) => files.find((file) => file.table === table)?.entry.rows_hash === before.rows_hash);
}
//# sourceMappingURL=restatement.js.map