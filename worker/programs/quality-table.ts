/**
 * `node dist/worker/programs/quality-table.js URI [--profile P] [--rules R]`: the table of one `meetingQuality` run, for a
 * terminal.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { judgedMinutesSql } from '../../analysis/minutes-sql.ts';
import { REASONS, VERDICTS, type RuleSet } from '../../analysis/rules.ts';
import { judgedSessionsSql } from '../../analysis/sessions-sql.ts';
import { numberOf, numberOrNull, textOf, type Database } from '../../analysis/tables.ts';
import { qualityTable, type QualitySession } from '../../report/quality-table.ts';
import { openStore } from '../../store/open-store.ts';
import { createTableView } from '../../store/query.ts';
import type { Store } from '../../store/store.ts';
import { TABLES } from '../../tables/columns.ts';
import { ruleSetOf, runMain } from './common/arguments.ts';
import { databaseOf, withDatabase, zoneOf } from './common/store-database.ts';
import { print } from '../../report/terminal.ts';

await runMain('The table of the call', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { profile: { type: 'string', default: 'default' }, rules: { type: 'string', default: 'default' } },
  });
  const { store, key } = locate(positionals[0] ?? '');
  const rules = await ruleSetOf(values.rules);
  const keys = {
    quality_minutes: key,
    participants: key.replace('tables/_single/meetingQuality/', 'tables/_single/participants/'),
  };
  const sessions = await withDatabase((duckdb) =>
    store.withLocalFiles(Object.values(keys), async (pathOf) => {
      for (const name of ['quality_minutes', 'participants'] as const) {
        const path = pathOf(keys[name]);
        await createTableView(duckdb, {
          name,
          files: existsSync(path) ? [path] : [],
          columns: TABLES[name].columns,
        });
      }
      return await judgedSessions(databaseOf(duckdb), rules);
    }),
  );
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: await zoneOf(store, values.profile),
    hour: '2-digit',
    minute: '2-digit',
  });
  const lines = qualityTable(sessions, {
    columns: process.stdout.columns || 80,
    clock: (unix) => format.format(unix * 1000),
    rules: rules.name,
  });
  print(process.stdout, lines.join('\n'));
});

/** The store that a table's URI names, which need not be the one of this shell's settings. */
function locate(uri: string): { store: Store; key: string } {
  const at = uri.indexOf('/tables/_single/');
  const key = uri.slice(at + 1);
  return { store: openStore(uri.slice(0, at)), key: uri.startsWith('file:') ? decodeURIComponent(key) : key };
}

/** Everybody who was there, with minutes or without. */
async function judgedSessions(db: Database, rules: RuleSet): Promise<QualitySession[]> {
  await db.run(`CREATE TABLE judged AS ${judgedMinutesSql(rules, { from: 'quality_minutes' })}`);
  const minutes = new Map<string, { unix: number; code: number }[]>();
  for (const row of await db.rows('SELECT session_key, epoch(minute) AS unix, code FROM judged ORDER BY minute')) {
    const key = textOf(row, 'session_key');
    const known = minutes.get(key) ?? [];
    known.push({ unix: numberOf(row, 'unix'), code: numberOf(row, 'code') });
    minutes.set(key, known);
  }
  const rows =
    await db.rows(`SELECT p.session_key, COALESCE(participant_name, user_id, meeting_room_id) AS name, device,
    verdict, reason, classified, poor, longest_run, epoch(longest_run_since) AS since
  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY session_key ORDER BY ordinal) AS place FROM participants) p
  LEFT JOIN (${judgedSessionsSql(rules, { from: 'judged' })}) s ON s.session_key = p.session_key WHERE place = 1`);
  return rows.map((row) => ({
    name: textOf(row, 'name'),
    device: textOf(row, 'device'),
    verdict: VERDICTS.find((each) => each === row['verdict']) ?? 'unclassified',
    reason: REASONS.find((each) => each === row['reason']) ?? null,
    classified: numberOf(row, 'classified'),
    poor: numberOf(row, 'poor'),
    longest_run: numberOf(row, 'longest_run'),
    longest_run_since: numberOrNull(row, 'since'),
    minutes: minutes.get(textOf(row, 'session_key')) ?? [],
  }));
}
