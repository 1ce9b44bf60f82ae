/** Which backfill a command means: by id, by range, or the one that runs. */
import { type Command } from 'commander';
import type { FeishuVcClient } from '../connect.ts';
export interface TargetOptions {
    json?: boolean;
    profile?: string;
}
/** Has a `backfill` command take the backfill that it means, `--profile` and `--json`. */
export declare function targeted(command: Command, example: string): Command;
/**
 * Without a name: the only one that runs, else (to look at) the newest.
 * @throws CliError when there is none, or more than one could be meant
 */
export declare function resolveTarget(client: FeishuVcClient, target: string | undefined, { profile, orNewest }: {
    profile?: string | undefined;
    orNewest: boolean;
}): Promise<string>;
/** `2026-10`, `previous`, `2026-10-01..2026-10-07`, `2026-10-01` or `3..1`, as fields of a backfill. */
export declare function rangeFields(text: string): Record<string, unknown>;
/** `3..1`, or `3` for the three days before today. */
export declare function parseDaysBack(text: string): {
    from: number;
    to: number;
};
