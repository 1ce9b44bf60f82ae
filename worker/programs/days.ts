/** `node dist/worker/programs/days.js [--profile P] [--from DAY] [--to DAY] [--json]`: the days in the store, from their manifests. */
import { parseArgs } from 'node:util';
import { readManifest, type Manifest } from '../../dataset/manifest.ts';
import { manifestDays } from '../../dataset/storage-keys.ts';
import { oneLine, print, printJson } from '../../report/terminal.ts';
import { configuredStore } from './common/store-database.ts';

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'default' },
    from: { type: 'string', default: '' },
    to: { type: 'string', default: '9999' },
    json: { type: 'boolean', default: false },
  },
});

interface DayLine {
  day: string;
  complete: boolean;
  sealed: boolean;
  committed_at: string;
  rows: Record<string, number>;
  gaps: { reason: string; count: number }[];
  restatements: number;
}

function lineOf({ day, complete, sealed, committed_at, tables, gaps, restatements }: Manifest): DayLine {
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

function words({ day, complete, sealed, committed_at, rows, gaps }: DayLine): string {
  const state = sealed ? 'sealed' : complete ? 'complete' : 'gaps';
  const counts = Object.entries(rows).map(([name, count]) => `${name} ${count}`);
  const missing = gaps.reduce((sum, gap) => sum + gap.count, 0);
  const facts = [...counts, ...(missing > 0 ? [`${missing} missing (${gaps[0]?.reason ?? ''})`] : [])];
  return oneLine(`${day}  ${state.padEnd(8)}  ${committed_at}  ${facts.join(', ')}`);
}

try {
  const store = configuredStore();
  const { profile, from, to } = values;
  const days: DayLine[] = [];
  for (const day of (await manifestDays(store, profile)).filter((each) => each >= from && each <= to)) {
    const manifest = await readManifest(store, { profile, day });
    if (manifest) days.push(lineOf(manifest));
  }
  const nothing = `No day of profile ${profile} has been exported into this DATA_URL.`;
  if (values.json) printJson(process.stdout, days);
  else print(process.stdout, days.map(words).join('\n') || nothing);
} catch (error) {
  print(process.stderr, `The days cannot be listed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
