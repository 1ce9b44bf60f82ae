/** One JSON line an event, workflow and activity ids included; Temporal's own lines come the same way. */
import { type Logger as TemporalLogger } from '@temporalio/worker';
import { type Logger } from 'pino';
export declare function createLogger(level: string): Logger;
/** `meta` carries the ids that Temporal adds: workflowId, runId, activityId, attempt. */
export declare function temporalLogger(logger: Logger, level: string): TemporalLogger;
