/** `backfill start|list|status|watch`; the others stand in files of their own. */
import type { Command } from 'commander';
export declare function addBackfillCommands(program: Command): void;
