import type { DescribedProfile, SingleRunLocation } from '../../activities/index.ts';
import type { ExportResource } from '../../feishu/contract.ts';
import type { Run } from './run.ts';
/** `known`: handed on by the run before, which this one continues. */
export declare function beginSingle(run: Run, { profile, resource, known }: {
    profile: string;
    resource: ExportResource;
    known?: DescribedProfile | undefined;
}): Promise<DescribedProfile>;
/** Where its files lie; the same for all runs of a chain. */
export declare function singleLocation({ startedAtMs }: Run): SingleRunLocation;
