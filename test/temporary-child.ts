/** Has a database, a folder for a bucket and the part of an output open until it is ended. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchFolder } from '../store/scratch.ts';
import { withOutputFile } from '../worker/programs/common/output-file.ts';
import { withDatabase } from '../worker/programs/common/store-database.ts';

await withDatabase(async () => {
  await scratchFolder();
  await withOutputFile(process.argv[2], async (part) => {
    await writeFile(part!, 'a row');
    process.stdout.write('open\n');
    await sleep(60_000);
  });
});
