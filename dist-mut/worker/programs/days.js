/** `node dist/worker/programs/days.js [--profile P] [--from DAY] [--to DAY] [--json]`: the days in the store, from their manifests. */
import { parseArgs } from 'node:util';
import { readManifest } from '../../dataset/manifest.js';
import { manifestDays } from '../../dataset/storage-keys.js';
import { parseDataUrl } from '../../store/data-url.js';
import { FileStore } from '../../store/file-store.js';
const { values } = parseArgs({
    options: {
        profile: { type: 'string', default: 'default' },
        from: { type: 'string', default: '' },
        to: { type: 'string', default: '9999' },
        json: { type: 'boolean', default: false },
    },
});
function lineOf({ day, complete, sealed, committed_at, tables, gaps, restatements }) {
    const rows = Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.rows]));
    return {
        day,
        complete,
        sealed,
        committed_at,
        rows,
        gaps: gaps.map(({ table, reason, count }) => ({ reason: `${table}: ${reason}`, count })),
        restatements: restatements.length,
    };
}
function words({ day, complete, sealed, committed_at, rows, gaps }) {
    const state = sealed ? 'sealed' : complete ? 'complete' : 'gaps';
    const counts = Object.entries(rows).map(([name, count]) => `${name} ${count}`);
    const missing = gaps.reduce((sum, gap) => sum + gap.count, 0);
    const facts = [...counts, ...(missing > 0 ? [`${missing} missing (${gaps[0]?.reason ?? ''})`] : [])];
    return `${day}  ${state.padEnd(8)}  ${committed_at}  ${facts.join(', ')}`;
}
try {
    const store = new FileStore(parseDataUrl(process.env['DATA_URL'] || 'file:./data'));
    const { profile, from, to } = values;
    const days = [];
    for (const day of (await manifestDays(store, profile)).filter((each) => each >= from && each <= to)) {
        const manifest = await readManifest(store, { profile, day });
        if (manifest)
            days.push(lineOf(manifest));
    }
    const nothing = `No day of profile ${profile} has been exported into this DATA_URL.`;
    const text = values.json ? JSON.stringify(days, null, 2) : days.map(words).join('\n') || nothing;
    process.stdout.write(`${text}\n`);
}
catch (error) {
    process.stderr.write(`The days cannot be listed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
}
//# sourceMappingURL=days.js.map