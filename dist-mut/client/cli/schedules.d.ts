/** `schedule create|list|pause|resume|delete`, and `setup` */
import { type Command } from 'commander';
import type { ScheduleState } from '../schedules.ts';
export declare function addScheduleCommands(program: Command): void;
export declare function scheduleLines(state: ScheduleState): string[];
