#!/usr/bin/env node
import { reportFailure } from './failures.ts';
import { createProgram } from './program.ts';

/** What may linger after a command: a call that nobody waits for any more. */
const LINGER_MS = 3_000;

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, process.stderr);
}
setTimeout(() => process.exit(), LINGER_MS).unref();
