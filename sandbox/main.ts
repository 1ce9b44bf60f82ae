import { sandboxCommand } from './command.ts';

try {
  await sandboxCommand().parseAsync();
} catch (error) {
  process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof RangeError ? 2 : 1;
}
