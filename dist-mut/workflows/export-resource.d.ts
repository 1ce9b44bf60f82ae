import type { UnitLocation } from '../activities/index.ts';
import { type Internal } from './common/internal.ts';
import type { ExportResourceResult } from './messages.ts';
/** Handed on by a day. */
export interface ResourceInternal extends Internal {
    /** Where the file belongs. */
    location: UnitLocation;
}
export declare function exportResource(input: unknown, internal?: ResourceInternal): Promise<ExportResourceResult>;
