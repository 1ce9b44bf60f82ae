/** `backfill plan`: what a backfill would do, before it does. */
import type { Command } from 'commander';
export declare function addPlan(backfill: Command): void;
