/**
 * `node dist/worker/programs/verify.js [FROM [TO]] [--profile P] [--json]`: whether committed days are what their manifests
 * say, from files alone. Exit 1 where something does not hold, 2 on wrong usage.
 */
import { parseArgs } from 'node:util';
import { SETTLE_HOURS } from '../../dataset/answers.ts';
import { DROPPED, droppedAnswers } from '../../dataset/drop-answers.ts';
import { readManifest } from '../../dataset/manifest.ts';
import { storedDays } from '../../dataset/storage-keys.ts';
import { verifyDay } from '../../dataset/verify.ts';
import type { Problem } from '../../dataset/verify-problem.ts';
import { straysOfNoDay } from '../../dataset/verify-strays.ts';
import { isDay } from '../../model/calendar.ts';
import { FileStore } from '../../store/file-store.ts';
import { temporaryFolder } from '../../store/scratch.ts';
import type { Store } from '../../store/store.ts';
import { TABLES } from '../../tables/columns.ts';
import { PRODUCT } from '../product.ts';
import { privacyOf } from '../privacy-settings.ts';
import { limitReadingsBy } from '../size-settings.ts';
import { oneLine, print, printJson } from '../../report/terminal.ts';
import { configuredStore } from './common/store-database.ts';

const USAGE = 'usage: verify [FROM [TO]] [--profile NAME] [--json], with days as YYYY-MM-DD; without days: all of them';

function usage(problem: string): never {
  print(process.stderr, `${problem}\n${USAGE}`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: 'string', default: 'default' }, json: { type: 'boolean', default: false } },
});
const [from, to = from] = positionals;
if (from !== undefined && !isDay(from)) usage('FROM takes a day, YYYY-MM-DD');
if (from !== undefined && to !== undefined && (!isDay(to) || to < from))
  usage('TO takes a day that is not before FROM');

/** `day`: null for what is of no day. */
function show(day: string | null, problems: readonly Problem[], lacksAnswers = false): void {
  const ok = problems.length === 0;
  const dropped = lacksAnswers ? { raw_dropped: true } : {};
  if (values.json) printJson(process.stdout, { day, ok, problems, ...dropped }, { indent: 0 });
  else if (ok) print(process.stdout, lacksAnswers ? `${day}  ok, but for ${DROPPED}` : `${day}  ok`);
  else
    for (const { key, problem } of problems) print(process.stdout, oneLine(`${day ?? 'no day'}  ${key}: ${problem}`));
}

async function isWithoutAnswers(store: Store, day: string): Promise<boolean> {
  const manifest = await readManifest(store, { profile: values.profile, day });
  return manifest !== null && (await droppedAnswers(store, manifest)) !== null;
}

const scratch = await temporaryFolder();
try {
  limitReadingsBy(process.env);
  const privacy = privacyOf(process.env);
  const store = configuredStore();
  const { profile } = values;
  const all = await storedDays(store, profile, [...Object.keys(TABLES), 'days']);
  const days = all.filter((day) => from === undefined || to === undefined || (day >= from && day <= to));
  let wrong = 0;
  for (const day of days) {
    const how = { product: PRODUCT, settle_hours: SETTLE_HOURS, privacy };
    const input = { profile, day, ...how, scratch: new FileStore(scratch) };
    const problems = (await verifyDay(store, input)) ?? [];
    if (problems.length > 0) wrong++;
    show(day, problems, problems.length === 0 && (await isWithoutAnswers(store, day)));
  }
  const strays = await straysOfNoDay(store);
  if (strays.length > 0) {
    show(null, strays);
    process.exitCode = 1;
  }
  if (days.length === 0) {
    print(process.stderr, `No day of profile ${profile} in that range has been exported into this DATA_URL.`);
    process.exitCode = 1;
  } else if (wrong > 0) {
    const next =
      'Tables are made again from the raw files by feishu-vc rebuild; raw files by asking for the day again.';
    print(process.stderr, `${wrong} of ${days.length} days do not hold. ${next}`);
    process.exitCode = 1;
  }
} catch (error) {
  print(process.stderr, `The days cannot be verified: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
