/** `node dist/worker/programs/rebuild.js FROM TO [--profile P] [--json]`: tables from raw files, no API call, no server. */
import { parseArgs } from 'node:util';
import { SETTLE_HOURS } from '../../dataset/answers.ts';
import type { CommittedDay } from '../../dataset/commit-day.ts';
import { DROPPED } from '../../dataset/drop-answers.ts';
import { AnswersDroppedError, rebuildDay } from '../../dataset/rebuild-day.ts';
import { StoreError } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Policy } from '../../tables/privacy.ts';
import { addDays, isDay } from '../../model/calendar.ts';
import { closeFiles } from '../../model/file-modes.ts';
import { errorText } from '../error-text.ts';
import { PRODUCT } from '../product.ts';
import { privacyOf } from '../privacy-settings.ts';
import { limitReadingsBy } from '../size-settings.ts';
import { print, printJson } from '../../report/terminal.ts';
import { refuseShowing } from './common/privacy.ts';
import { configuredStore } from './common/store-database.ts';

const USAGE = 'usage: rebuild FROM TO [--profile NAME] [--json], with days as YYYY-MM-DD';

function usage(problem: string): never {
  print(process.stderr, `${problem}\n${USAGE}`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: 'string', default: 'default' }, json: { type: 'boolean', default: false } },
});
const [from = '', to = from] = positionals;
if (!isDay(from)) usage(`FROM takes a day, YYYY-MM-DD`);
if (!isDay(to) || to < from) usage(`TO takes a day that is not before FROM`);

async function rebuiltOrKept(
  store: Store,
  { day, privacy }: { day: string; privacy: Policy },
): Promise<CommittedDay | null | 'dropped'> {
  const onNotTidied = (error: unknown): void =>
    print(process.stderr, `${day}  is rebuilt; its raw files were not tidied up: ${errorText(error)}`);
  const options = { profile: values.profile, product: PRODUCT, settle_hours: SETTLE_HOURS, privacy, onNotTidied };
  try {
    return await rebuildDay(store, { day, ...options });
  } catch (error) {
    if (error instanceof AnswersDroppedError) return 'dropped';
    throw error;
  }
}

closeFiles(process);
try {
  limitReadingsBy(process.env);
  const privacy = privacyOf(process.env);
  const store = configuredStore();
  let [rebuilt, kept] = [0, 0];
  for (let day = from; day <= to; day = addDays(day, 1)) {
    await refuseShowing(store, { profile: values.profile, day });
    const result = await rebuiltOrKept(store, { day, privacy });
    if (result === 'dropped') {
      kept++;
      if (values.json) printJson(process.stdout, { day, rebuilt: false, tables: {}, raw_dropped: true }, { indent: 0 });
      else print(process.stdout, `${day}  ${DROPPED}: its tables stay as they are`);
      continue;
    }
    if (result) rebuilt++;
    const tables = Object.entries(result?.manifest.tables ?? {}).map(([name, table]) => [name, table.rows] as const);
    if (values.json) {
      const data = { day, rebuilt: result !== null, tables: Object.fromEntries(tables) };
      printJson(process.stdout, data, { indent: 0 });
    } else {
      const what = result ? tables.map(([name, rows]) => `${name} ${rows}`).join(', ') : 'never exported';
      print(process.stdout, `${day}  ${what}`);
    }
  }
  if (rebuilt + kept === 0) {
    print(
      process.stderr,
      `No day from ${from} to ${to} of profile ${values.profile} has been exported into this DATA_URL.`,
    );
    process.exitCode = 1;
  }
} catch (error) {
  print(process.stderr, `The rebuild failed: ${error instanceof Error ? error.message : String(error)}`);
  if (!(error instanceof StoreError)) print(process.stderr, 'The raw files are untouched; run it again.');
  process.exitCode = 1;
}
