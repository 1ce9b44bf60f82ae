/** What one exported day costs a bucket: objects, bytes, and requests by kind. `npx tsx bench/bucket-calls.ts` after a build. */
import { temporalCli } from '../test/support/embedded-temporal.ts';
import { exportDay, openWorld } from '../test/support/day.ts';
import { startProduct } from '../test/support/product.ts';
import { startS3Proxy } from '../test/support/s3-proxy.ts';
import { envOf, s3Program, startS3Server } from '../test/support/s3-server.ts';
import { everythingIn } from '../test/support/store-kinds.ts';
import { openStore } from '../store/open-store.ts';

const DAY = '2026-10-14';
const [cli, program] = [await temporalCli(), s3Program()];
if (!cli || program === undefined) throw new Error('it takes the Temporal command line and versitygw on PATH');
const server = await startS3Server(program);
const counts = new Map<string, number>();
const proxy = await startS3Proxy(server.url, ({ method, path }) => {
  const kind = method === 'GET' && path.includes('list-type') ? 'LIST' : method;
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return 'pass';
});
const product = await startProduct({ cli, workers: 0 });
try {
  const url = `s3://${await server.makeBucket()}/p`;
  const place = { url, dir: '' };
  const world = await openWorld(product, {
    name: 'calls',
    sandbox: { meetingsPerDay: 20 },
    env: envOf(proxy.url),
    place,
  });
  for (const run of ['the first export', 'the same again']) {
    counts.clear();
    const result = await exportDay(world, { day: DAY, source: 'list' });
    console.log(run, Object.fromEntries(counts), result.units);
  }
  await world.close();
  Object.assign(process.env, server.env);
  const keys = await everythingIn(openStore(url));
  const byFolder = new Map<string, number>();
  for (const key of keys) byFolder.set(key.split('/')[0]!, (byFolder.get(key.split('/')[0]!) ?? 0) + 1);
  console.log('objects', Object.fromEntries(byFolder));
} finally {
  await product.stop();
  await proxy.close();
  await server.close();
}
