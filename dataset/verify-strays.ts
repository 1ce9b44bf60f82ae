/** What a query over all days of a table reads, and no day has put there. */
import type { Store } from '../store/store.ts';
import { TEMP_PREFIX } from '../store/keys.ts';
import { TABLES } from '../tables/columns.ts';
import type { Problem } from './verify-problem.ts';

/** In the folder of a day; its manifest says whether it belongs there. */
const OF_A_DAY = /^profile=[^/]+\/day=[^/]+\/./;

/** Of all profiles. A glob looks into hidden folders too, and so does this. */
export async function straysOfNoDay(store: Store): Promise<Problem[]> {
  const problems: Problem[] = [];
  const left = new Set<string>();
  for (const table of [...Object.keys(TABLES), 'days']) {
    const folder = `tables/${table}/`;
    for await (const key of store.list(folder, { hidden: true })) {
      const names = key.slice(folder.length).split('/');
      const temporary = names.findIndex((name) => name.startsWith(TEMP_PREFIX));
      if (temporary !== -1) left.add(folder + names.slice(0, temporary + 1).join('/'));
      if (isReadByMistake(names)) problems.push({ key, problem: 'queries over all days read it, and it is of no day' });
    }
  }
  return [...problems, ...Array.from(left, (key) => ({ key, problem: 'a writer that was stopped has left it' }))];
}

function isReadByMistake(names: readonly string[]): boolean {
  const last = names.at(-1) ?? '';
  // One that is being written is named as left, and goes.
  if (!last.endsWith('.parquet') || last.startsWith(TEMP_PREFIX)) return false;
  return names.some((name) => name.startsWith('.')) || !OF_A_DAY.test(names.join('/'));
}
