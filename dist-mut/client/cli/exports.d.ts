import { type Command } from 'commander';
export declare function addExportCommands(program: Command): void;
