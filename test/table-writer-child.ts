/**
 * Commits one version after the other of two days, all tables, until it is killed:
 * `node --import tsx test/table-writer-child.ts <root> <first version>`. Says `committed` after each.
 */
import { commitFiles } from '../store/commit.ts';
import { FileStore } from '../store/file-store.ts';
import type { TableName } from '../tables/columns.ts';
import { noNotes } from '../tables/notes.ts';
import { writeTableFile } from '../dataset/table-files.ts';
import { DAYS, rowsOf, TABLE_NAMES } from './support/table-days.ts';

const [root = '', first = '1'] = process.argv.slice(2);
const store = new FileStore(root, { lockStaleAfterMs: 400 });
const run = {
  generation: 1,
  user_id_type: 'open_id',
  listing: 'list',
  source: 'list',
  room_level_id: null,
  include_external_meetings: false,
  include_webinar: false,
  enrich: [],
  from: 0,
  to: 0,
  ask_until: 0,
  asked_at: 0,
  stage: { key: '', sha256: '' },
} as const;

async function fileOf(table: TableName, day: string, version: number) {
  const rows = rowsOf(table, day, version);
  const file = { table, profile: 'default', day, rows, run, notes: noNotes() };
  const { tempPath, entry } = await writeTableFile(store, file);
  return { tempPath, key: entry.key, sha256: entry.sha256 };
}

for (let version = Number(first); ; version += 1) {
  for (const day of DAYS) {
    const files = [];
    for (const table of TABLE_NAMES) files.push(await fileOf(table, day, version));
    const manifestKey = `manifests/profile=default/day=${day}.json`;
    await commitFiles(store, { lockKey: manifestKey, files, manifestKey, buildManifest: () => ({ version }) });
    process.stdout.write('committed\n');
  }
}
