/** The folder or bucket of DATA_URL: may it be written, is it of this host, zone and app, does it have room. */
import { mkdtemp, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { daysWithoutAnswers, DROPPED } from '../../../dataset/drop-answers.ts';
import { lackingKeys } from '../../../dataset/encrypt-answers.ts';
import { errnoOf, StoreError } from '../../../store/errors.ts';
import { isPresent } from '../../../store/file-io.ts';
import { parseDataUrl } from '../../../store/data-url.ts';
import { openStore } from '../../../store/open-store.ts';
import { storeClaimOf } from '../../deps.ts';
import { fail, ofProfile, ok, skip, warn, type Configured, type Finding } from '../check.ts';
import { messageOf } from '../outcome.ts';

const TRIED_BYTES = 4096;
const MIB = 1024 * 1024;
const FEW_MIB = 2048;
const TOO_FEW_MIB = 200;

export const store = ofProfile('store', async ({ settings, profile }) => {
  try {
    const place = parseDataUrl(settings.dataUrl);
    const files = openStore(settings.dataUrl, { rawKeys: settings.rawKeys });
    if (place.kind === 'bucket') await files.prepare();
    else if (!(await isPresent(place.path))) {
      await rmdir(await mkdtemp(join(await nearest(place.path), '.feishu-vc-')));
      return ok(`${place.path} is not there yet; the worker makes it`);
    }
    await files.checkClaim(storeClaimOf(profile, settings));
    await files.tryWriting(TRIED_BYTES);
    const [shortcoming] = await files.shortcomings();
    if (shortcoming !== undefined) return warn(shortcoming, 'Set DATA_URL to a bucket of a server that has them');
    const [lacking] = await lackingKeys(files, profile.name);
    if (lacking !== undefined) {
      const { id, why } = lacking;
      return why === 'not here'
        ? warn(
            `raw answers are encrypted with the key "${id}", which RAW_KEYS does not have here`,
            `Add it to RAW_KEYS: what needs those days' raw answers waits for it`,
          )
        : warn(
            `raw answers do not open with the key "${id}" of RAW_KEYS: they are encrypted with another key of that id, or damaged`,
            `Give RAW_KEYS the same key under "${id}" in every worker, and each other key an id of its own: what needs those days' raw answers waits for it`,
          );
    }
    const days = await daysWithoutAnswers(files, profile.name);
    const dropped = days === 0 ? '' : `; ${DROPPED} (RAW_KEEP) of ${days} ${days === 1 ? 'day' : 'days'}`;
    return ok(`${files.where()} takes files${dropped}`);
  } catch (error) {
    return notUsable(settings, error);
  }
});

function notUsable({ dataUrl }: Configured['settings'], error: unknown): Finding {
  const code = error instanceof StoreError ? error.code : undefined;
  if (code === 'refused') return fail(messageOf(error), 'Set DATA_URL to a folder of its own, such as file:./data-2');
  if (code === 'damaged') return fail(messageOf(error), 'Bring store.json back from a backup');
  if (dataUrl.startsWith('s3:')) {
    return fail(messageOf(error), 'Correct DATA_URL or the AWS_… settings; docs/stores.md says what a bucket needs');
  }
  const user = process.getuid?.();
  return fail(
    errnoOf(error) === undefined ? messageOf(error) : `${dataUrl} cannot be written (${errnoOf(error)})`,
    `Make the folder of DATA_URL writable for the user that runs the worker${user === undefined ? '' : ` (uid ${user} here)`}: chown it, or mount its disk for writing`,
  );
}

export const disk = ofProfile('disk', async ({ settings }: Configured) => {
  try {
    const place = parseDataUrl(settings.dataUrl);
    // Tables are made on a local disk, and copied to a bucket from there.
    const root = await nearest(place.kind === 'folder' ? place.path : tmpdir());
    const { bavail, bsize, blocks } = await statfs(root);
    if (blocks === 0) return skip(`${root} does not say how much room it has`);
    const free = Math.floor((bavail * bsize) / MIB);
    const seen = `${free >= 10 * 1024 ? `${Math.floor(free / 1024)} GiB` : `${free} MiB`} free at ${root}`;
    const next =
      place.kind === 'folder'
        ? 'Free space there, or set DATA_URL to a larger disk: a month of a large tenant takes some GiB'
        : 'Free space there, or set TMPDIR to a larger disk: the tables of a day are made there';
    if (free < TOO_FEW_MIB) return fail(seen, next);
    return free < FEW_MIB ? warn(seen, next) : ok(seen);
  } catch (error) {
    return fail(messageOf(error), 'See store above');
  }
});

/** The folder itself, else the first above it that is there. */
async function nearest(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((await isPresent(folder)) || folder === dirname(folder)) return folder;
  }
}
