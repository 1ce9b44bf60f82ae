/** The folder of DATA_URL: may it be written, is it of this host, zone and app, does it have room. */
import { mkdtemp, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, StoreError } from '../../../store/errors.ts';
import { isPresent } from '../../../store/file-io.ts';
import { FileStore } from '../../../store/file-store.ts';
import { parseDataUrl } from '../../../store/data-url.ts';
import { storeClaimOf } from '../../deps.ts';
import { fail, ofProfile, ok, skip, warn, type Configured } from '../check.ts';
import { messageOf } from '../outcome.ts';

const TRIED_BYTES = 4096;
const MIB = 1024 * 1024;
const FEW_MIB = 2048;
const TOO_FEW_MIB = 200;

export const store = ofProfile('store', async ({ settings, profile }) => {
  try {
    const root = parseDataUrl(settings.dataUrl);
    const files = new FileStore(root);
    if (!(await isPresent(root))) {
      await rmdir(await mkdtemp(join(await nearest(root), '.feishu-vc-')));
      return ok(`${root} is not there yet; the worker makes it`);
    }
    await files.checkClaim(storeClaimOf(profile, settings));
    await files.tryWriting(TRIED_BYTES);
    return ok(`${root} takes files`);
  } catch (error) {
    const isOthers = error instanceof StoreError && error.code === 'refused';
    if (isOthers) return fail(error.message, 'Set DATA_URL to a folder of its own, such as file:./data-2');
    if (error instanceof StoreError && error.code === 'damaged')
      return fail(error.message, 'Bring store.json back from a backup');
    const user = process.getuid?.();
    return fail(
      errnoOf(error) === undefined ? messageOf(error) : `${settings.dataUrl} cannot be written (${errnoOf(error)})`,
      `Make the folder of DATA_URL writable for the user that runs the worker${user === undefined ? '' : ` (uid ${user} here)`}: chown it, or mount its disk for writing`,
    );
  }
});

export const disk = ofProfile('disk', async ({ settings }: Configured) => {
  try {
    const root = await nearest(parseDataUrl(settings.dataUrl));
    const { bavail, bsize, blocks } = await statfs(root);
    if (blocks === 0) return skip(`${root} does not say how much room it has`);
    const free = Math.floor((bavail * bsize) / MIB);
    const seen = `${free >= 10 * 1024 ? `${Math.floor(free / 1024)} GiB` : `${free} MiB`} free at ${root}`;
    const next = 'Free space there, or set DATA_URL to a larger disk: a month of a large tenant takes some GiB';
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
