/** `node dist/worker/programs/quality-table.js URI [--profile P]`: the table of one `meetingQuality` run, for a terminal. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { qualityTable } from '../../report/quality-table.js';
import { readParquet } from '../../store/parquet.js';
import { textAt, unixAt } from '../../tables/rows.js';
const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { profile: { type: 'string', default: 'default' } },
});
const [uri = ''] = positionals;
const path = fileURLToPath(uri);
const people = path.replace('/tables/_single/meetingQuality/', '/tables/_single/participants/');
async function zoneOf(profile) {
    const root = path.slice(0, path.indexOf('/tables/_single/'));
    const store = JSON.parse(await readFile(join(root, 'store.json'), 'utf8'));
    return store.profiles?.[profile]?.timeZone ?? 'UTC';
}
function largest(row, pattern) {
    let found = null;
    for (const [name, value] of Object.entries(row)) {
        if (typeof value === 'number' && pattern.test(name))
            found = Math.max(found ?? value, value);
    }
    return found;
}
const minutes = [];
for await (const row of readParquet(path)) {
    minutes.push({
        session_key: textAt(row, 'session_key') ?? '',
        time: unixAt(row, 'time'),
        delay_ms: largest(row, /(^network_delay_ms$|_latency_ms_)/),
        jitter_ms: largest(row, /_jitter_ms_/),
        loss_pct: largest(row, /_packet_loss_avg_pct_/),
        cpu_pct: largest(row, /^system_avg_cpu_usage_pct$/),
    });
}
const sessions = [];
for await (const row of readParquet(people)) {
    sessions.push({
        session_key: textAt(row, 'session_key') ?? '',
        name: textAt(row, 'participant_name') ?? textAt(row, 'user_id') ?? textAt(row, 'meeting_room_id') ?? '',
        device: textAt(row, 'device') ?? '',
        join_time: unixAt(row, 'join_time'),
    });
}
const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: await zoneOf(values.profile),
    hour: '2-digit',
    minute: '2-digit',
});
const lines = qualityTable(sessions, minutes, (unix) => format.format(unix * 1000));
process.stdout.write(`${lines.join('\n')}\n`);
//# sourceMappingURL=quality-table.js.map