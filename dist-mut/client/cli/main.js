#!/usr/bin/env node
import { reportFailure } from './failures.js';
import { createProgram } from './program.js';
try {
    await createProgram().parseAsync();
}
catch (error) {
    process.exitCode = reportFailure(error, process.stderr);
}
// Ends what nobody waits for any more (a call to a server, a timer), once everything is written.
for (const stream of [process.stdout, process.stderr]) {
    await new Promise((resolve) => stream.write('', resolve));
}
process.exit();
//# sourceMappingURL=main.js.map