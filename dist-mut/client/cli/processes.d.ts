/** `worker`, `sandbox`, `rebuild`: programs of their own; `server`: the embedded Temporal. */
import type { Command } from 'commander';
export declare function addProcessCommands(program: Command): void;
