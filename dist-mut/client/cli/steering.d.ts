import { type Command } from 'commander';
export declare function addSteeringCommands(backfill: Command): void;
