/** One JSON line an event, workflow and activity ids included; Temporal's own lines come the same way. */
import type { LogExporterConfig, Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import { DefaultLogger } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import { PayloadKeyError } from '../temporal/payload-keys.ts';
import { isUnanswered, repetitions } from './log-noise.ts';

export function createLogger(level: string): Logger {
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** What the SDK says goes to this logger: of its TypeScript side, and of its core, which would print text of its own. */
export function loggingOptions(logger: Logger): { logger: TemporalLogger; logging: LogExporterConfig } {
  return { logger: temporalLogger(logger), logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } };
}

/** `meta` carries the ids that Temporal adds: workflowId, runId, activityId, attempt. `nowMs`: a clock that never goes back. */
export function temporalLogger(logger: Logger, nowMs?: () => number): TemporalLogger {
  const isRepetition = repetitions(nowMs);
  // What the core says of one thing for each of many runs comes from one place in it.
  const isRepeated = ({ level, meta }: Line): boolean => isRepetition(`${level} ${String(meta?.['target'])}`);
  // The level is decided here, since a line may go down.
  return new DefaultLogger('TRACE', (line) => {
    const isNoise = isBookkeeping(line) || isOfAnOutage(line) || (isOfCore(line) && isRepeated(line));
    const error = line.meta?.['error'];
    const said = error instanceof PayloadKeyError ? { error: error.message } : {};
    logger[isNoise ? 'debug' : LEVELS[line.level]]({ ...line.meta, ...said }, line.message);
  });
}

interface Line {
  level: LogLevel;
  message: string;
  meta?: LogMetadata | undefined;
}

function isOfCore({ meta }: Line): boolean {
  return meta?.['sdkComponent'] === 'core';
}

/** Of each Worker within the worker: which of them run when, the product says in its own words. */
function isBookkeeping({ message }: Line): boolean {
  return message === 'Worker state changed' || /^No \w+( services)? registered, not polling/.test(message);
}

/** How the core prints that no answer came: gRPC's codes by name and in words, and a connection that breaks under a call. */
const NO_ANSWER =
  /Unavailable|DeadlineExceeded|service is currently unavailable|Deadline expired|Timeout expired|transport error|connection closed/;

/** Each call that is tried again says so each time. What is to be known of an outage, server-watch.ts says. */
function isOfAnOutage(line: Line): boolean {
  const { message, meta } = line;
  const error = meta?.['error'];
  if (!isOfCore(line)) return isUnanswered(error);
  return /^gRPC call .* retried/.test(message) || NO_ANSWER.test(`${message} ${String(error)}`);
}

/** A worker that was stopped in the middle of a commit and goes on when another one has made it. */
export function logOvertaken(logger: Logger, of: { profile: string; day: string; filesInPlace: number }): void {
  const rest =
    of.filesInPlace === 0
      ? 'nothing of this commit was written'
      : 'the rest of this commit was not written, and `feishu-vc verify` looks at the files before it';
  logger.warn(of, `another process has committed the day meanwhile; ${rest}`);
}
