import { sandboxCommand } from './command.js';
try {
    await sandboxCommand()
        .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
        .parseAsync();
}
catch (error) {
    process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof RangeError ? 2 : 1;
}
//# sourceMappingURL=main.js.map