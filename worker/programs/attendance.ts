/** `node dist/worker/programs/attendance.js MEETING_NO --day DAY [--profile P] [--format F] [-o FILE]`: who was in a meeting. */
import { parseArgs } from 'node:util';
import { attendanceSql } from '../../analysis/attendance.ts';
import { isDay } from '../../model/calendar.ts';
import { disguiseOf } from '../../dataset/disguise.ts';
import { readManifest } from '../../dataset/manifest.ts';
import type { Store } from '../../store/store.ts';
import { KEEP, STRICT } from '../../tables/privacy.ts';
import { runMain, UsageError } from './common/arguments.ts';
import { withLockedDatabase } from './common/locked-database.ts';
import { withOutputFile } from './common/output-file.ts';
import { databaseOf, configuredStore, withDatabase, zoneOf } from './common/store-database.ts';
import { formatOf, writeRows } from './common/write-rows.ts';

/** A policy may have put a hash in the place of the number: of all policies the same. */
async function hiddenAs(
  store: Store,
  { meetingNo, ...of }: { profile: string; day: string; meetingNo: string },
): Promise<string[]> {
  const shown = (await readManifest(store, of))?.tables.participants?.privacy ?? KEEP;
  if (shown.fingerprint === KEEP.fingerprint) return [];
  return [(await disguiseOf(store, STRICT)).shown('meeting_no', meetingNo) ?? []].flat();
}

await runMain('The attendance list', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      day: { type: 'string', default: '' },
      profile: { type: 'string', default: 'default' },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
  });
  const { day, profile, output } = values;
  const meetingNo = positionals[0] ?? '';
  if (!/^\d{1,12}$/.test(meetingNo)) throw new UsageError('Name a meeting by its number of nine digits.');
  if (!isDay(day)) throw new UsageError('--day takes the day on which the meeting started, YYYY-MM-DD.');
  const format = formatOf(values.format, output);
  const store = configuredStore();
  const sql = attendanceSql([meetingNo, ...(await hiddenAs(store, { profile, day, meetingNo }))]);
  const zone = await zoneOf(store, profile);
  await withOutputFile(output, async (part) => {
    await withDatabase(async (duckdb) => {
      await withLockedDatabase(duckdb, { store, profile, from: day, to: day, sql, output: part }, async () => {
        const [found] = await databaseOf(duckdb).rows(`SELECT count(*) AS n FROM (${sql}) a`);
        if (found?.['n'] === 0) {
          throw new Error(`no participant of meeting ${meetingNo} is known on ${day}. Next: feishu-vc day ${day}`);
        }
        await writeRows({ duckdb, sql, format, output: part, zone });
      });
    });
  });
});
