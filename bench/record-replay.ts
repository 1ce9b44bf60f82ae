/**
 * Records the histories that `test/replays-recorded-histories.test.ts` replays: every type of workflow, through what
 * happens to it in operation. docs/decisions/versioning.md says when to run it.
 *
 *     npm run build && npx tsx bench/record-replay.ts
 *     npm run build && npx tsx bench/record-replay.ts --release 1.4
 *
 * The first replaces `test/replay/<scenario>.json`, the second adds `test/replay/<scenario>@1.4.json`, which stay.
 *
 * Needs a build in dist, and the Temporal CLI. Takes about two minutes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { openWorld, SMALL } from '../test/support/day.ts';
import { suggestingContinueAsNewAt } from '../test/support/load.ts';
import { startProduct } from '../test/support/product.ts';
import { recordBackfills, recordDays, recordGrowth } from './replay/days.ts';
import { recordBadFiles, recordDeadline, recordExports, recordMeetings, recordSessions } from './replay/singles.ts';
import { clearFixtures, Stage, together } from './replay/stage.ts';

const { values } = parseArgs({ options: { release: { type: 'string' } } });

/** In place of 4,096, so that small runs outgrow it. */
const SUGGESTED_AT = 60;

const cli = await findTemporalCli();
const release = values.release ?? null;
if (release === null) await clearFixtures();
await recordUsual();
await recordLarge();

async function recordUsual(): Promise<void> {
  const product = await startProduct({ cli, sandbox: SMALL });
  const hasty = await openWorld(product, { name: 'hasty', sandbox: {}, env: { FEISHU_EXPORT_DEADLINE: '3s' } });
  try {
    const stage = new Stage(product, release);
    const { taskQueue } = product.client;
    await together([recordBadFiles(stage), recordDeadline(new Stage(hasty, release))]);
    await together([recordExports(stage), recordSessions(stage), recordMeetings(stage), recordDays(stage)]);
    await recordBackfills(stage);
    await stage.keep('api-lease-held', { workflowId: `feishu-vc/api-lease/${taskQueue}` });
  } finally {
    await hasty.close();
    await product.stop();
  }
}

async function recordLarge(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'feishu-vc-replay-'));
  const sandbox = { ...SMALL, longMeetings: false, minutesPerMeeting: 2 };
  const product = await startProduct({
    cli: await suggestingContinueAsNewAt(cli, dir, SUGGESTED_AT),
    sandbox: { ...sandbox, meetingsPerDay: 60, participantsPerMeeting: 1 },
  });
  const people = { meetingsPerDay: 1, participantsPerMeeting: 75, people: 300 };
  const crowd = await openWorld(product, { name: 'crowd', sandbox: { ...sandbox, ...people } });
  try {
    await recordGrowth({ busy: new Stage(product, release), crowded: new Stage(crowd, release) });
  } finally {
    await crowd.close();
    await product.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
