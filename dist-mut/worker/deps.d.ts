import type { Client } from '@temporalio/client';
import type { Deps } from '../activities/index.ts';
import type { Limit } from '../feishu/pacer.ts';
import type { Settings } from './config.ts';
export interface Built {
    deps: Deps;
    limitFor(bucket: string): Limit[] | null;
    close(): Promise<void>;
}
export declare function buildDeps(settings: Settings, client: Client): Built;
