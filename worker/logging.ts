/** One JSON line an event, workflow and activity ids included; Temporal's own lines come the same way. */
import type { LogExporterConfig, Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import { DefaultLogger } from '@temporalio/worker';
import { pino, type Logger } from 'pino';

export function createLogger(level: string): Logger {
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** What the SDK says goes to this logger: of its TypeScript side, and of its core, which would print text of its own. */
export function loggingOptions(logger: Logger): { logger: TemporalLogger; logging: LogExporterConfig } {
  return { logger: temporalLogger(logger), logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } };
}

/** `meta` carries the ids that Temporal adds: workflowId, runId, activityId, attempt. */
export function temporalLogger(logger: Logger): TemporalLogger {
  // The level is decided here, since a line may go down by one.
  return new DefaultLogger('TRACE', ({ level, message, meta }) =>
    logger[LEVELS[levelOf({ level, message, meta })]]({ ...meta }, message),
  );
}

interface Line {
  level: LogLevel;
  message: string;
  meta?: LogMetadata | undefined;
}

/** The codes of gRPC for "no answer", as the core prints them: by name, and in words. */
const NO_ANSWER = /Unavailable|DeadlineExceeded|service is currently unavailable|Deadline expired|Timeout expired/;

function levelOf({ level, message, meta }: Line): LogLevel {
  // The worker of the queue of calls has none, on purpose.
  if (message.startsWith('No workflows registered')) return 'DEBUG';
  // Each call that is tried again says so each time. What is to be known of an outage, server-watch.ts says.
  const isOfCore = meta?.['sdkComponent'] === 'core';
  const isOfAnOutage = /^gRPC call .* retried/.test(message) || NO_ANSWER.test(`${message} ${String(meta?.['error'])}`);
  return isOfCore && isOfAnOutage ? 'DEBUG' : level;
}
