import type { DayLocation, UnitLocation } from '../../activities/index.ts';
import type { ExportRequest } from '../input.ts';
import { type ListJob } from '../common/pages.ts';
import type { Run } from '../common/run.ts';
import type { DayState } from './state.ts';
export interface DayUnitsOptions {
    profile: string;
    location: DayLocation;
    run: Run;
    state: DayState;
}
export interface FileAsk {
    location: UnitLocation;
    request: ExportRequest;
    /** The day ends with the failure of this file. */
    required?: boolean;
}
export declare class DayUnits {
    #private;
    constructor(options: DayUnitsOptions);
    get location(): DayLocation;
    at(resource: UnitLocation['resource'], unit: string): UnitLocation;
    /** @returns how many rows the file has; 0 where it failed */
    exportFile(ask: FileAsk): Promise<number>;
    /** @returns how many rows the list has */
    fetchList(location: UnitLocation, query: ListJob['query'], settlesAfter: number | null): Promise<number>;
}
