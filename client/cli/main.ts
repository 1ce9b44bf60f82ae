#!/usr/bin/env node
import { closeFiles } from '../../model/file-modes.ts';
import { reportFailure } from './failures.ts';
import { runCommandLine } from './program.ts';
import { endWithRunner } from './runner.ts';

closeFiles(process);
void endWithRunner();
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads it has had enough; what was asked for is done all the same.
    if (error.code !== 'EPIPE') throw error;
  });
}

try {
  await runCommandLine(process.argv.slice(2));
} catch (error) {
  process.exitCode = reportFailure(error, process.stderr);
}
// Ends what nobody waits for any more (a call to a server, a timer), once everything is written.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise((resolve) => stream.write('', resolve));
}
process.exit();
