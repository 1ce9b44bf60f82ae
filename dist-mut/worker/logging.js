/** One JSON line an event, workflow and activity ids included; Temporal's own lines come the same way. */
import { DefaultLogger } from '@temporalio/worker';
import { pino } from 'pino';
export function createLogger(level) {
    return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
}
const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' };
/** `meta` carries the ids that Temporal adds: workflowId, runId, activityId, attempt. */
export function temporalLogger(logger, level) {
    const upper = level === 'debug' ? 'DEBUG' : level === 'info' ? 'INFO' : level === 'warn' ? 'WARN' : 'ERROR';
    return new DefaultLogger(upper, ({ level: at, message, meta }) => logger[LEVELS[at]]({ ...meta }, message));
}
//# sourceMappingURL=logging.js.map