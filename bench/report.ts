/**
 * Measures `feishu-vc report` of a month: how long it takes, how much memory the process has, how large the page is.
 *
 *     npx tsx bench/report.ts --meetings-per-day 1000 --runs 3
 *
 * Needs a build. 20 meetings a day are about 100,000 minutes, 1,000 are 5 million. The month is a planted one: what is
 * wrong in it is drawn as in a real tenant, so that groups and findings are many.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { committedDays } from '../dataset/committed-days.ts';
import { FileStore } from '../store/file-store.ts';
import { DIST } from '../test/support/product.ts';
import { writeTenantStore } from '../test/support/tenant-store.ts';
import { shownFigures, watched } from '../test/support/watched-process.ts';

const { values } = parseArgs({
  options: { 'meetings-per-day': { type: 'string', default: '1000' }, runs: { type: 'string', default: '3' } },
});
const meetingsPerDay = Number(values['meetings-per-day']);

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-bench-'));
const figures: Record<string, string>[] = [];
try {
  const tenant = { scenario: 'planted', meetingsPerDay, emptyDays: false } as const;
  const month = { from: '2026-10-01', to: '2026-10-31' };
  await writeTenantStore({ dir: join(folder, 'data'), ...month, tenant });
  const { manifests } = await committedDays(new FileStore(join(folder, 'data')), { profile: 'default', ...month });
  const minutes = manifests.reduce((sum, { tables }) => sum + (tables.quality_minutes?.rows ?? 0), 0);
  console.log(`${minutes} minutes`);
  const page = join(folder, 'report.html');
  for (let run = 0; run < Number(values.runs); run++) {
    const report = [join(DIST, 'worker/programs/report.js'), '2026-10', '-o', page];
    const result = await watched(report, { DATA_URL: `file:${join(folder, 'data')}` });
    const { size } = await stat(page);
    figures.push({ ...shownFigures(result), 'page, KB': String(Math.round(size / 1000)) });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.table(figures);
