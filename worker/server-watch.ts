/**
 * Says that Temporal does not answer, once, and that it answers again, once. What else fails for this reason in the meantime
 * is no news and goes to the debug level.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import type { Logger } from 'pino';
import { isUnanswered, repetitions } from './log-noise.ts';

/** An answer may take so long on a busy machine. */
const PATIENCE_MS = 4_000;
const ASK_EVERY_MS = 5_000;
/** Between two questions while there is no answer. */
const ASK_AGAIN_MS = 1_000;
/** One question without an answer is a hiccup. */
const QUESTIONS = 2;

export interface ServerWatch {
  /** Whether it does not answer at the moment. */
  readonly isAway: boolean;
  /** The same logger, but for warnings that the outage explains, and their repetition before it is known as one. */
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  close(): Promise<void>;
}

export function watchServer(options: ConnectionOptions, logger: Logger): ServerWatch {
  // Of its own, and without the retries of the SDK: each question is to be answered or not.
  const connection = Connection.lazy({ ...options, interceptors: [] });
  const stopping = new AbortController();
  const isRepetition = repetitions();
  let isAway = false;

  async function watch(): Promise<void> {
    let sinceMs = 0;
    for (let unanswered = 0; !stopping.signal.aborted;) {
      const askedAtMs = Date.now();
      if (await isAnswering(connection, stopping.signal)) {
        if (isAway) logger.info({ awayMs: Date.now() - sinceMs }, 'Temporal answers again');
        isAway = false;
        unanswered = 0;
      } else if (!stopping.signal.aborted) {
        if (unanswered === 0) sinceMs = askedAtMs;
        unanswered++;
        if (unanswered === QUESTIONS) {
          isAway = true;
          logger.warn({ since: new Date(sinceMs).toISOString() }, 'Temporal does not answer');
        }
      }
      await pause(unanswered === 0 ? ASK_EVERY_MS : ASK_AGAIN_MS, stopping.signal);
    }
  }

  const watching = watch();
  return {
    get isAway() {
      return isAway;
    },
    logger: {
      info: logger.info.bind(logger),
      warn: (fields: object, message?: string) =>
        'err' in fields && isUnanswered(fields.err) && (isAway || isRepetition(message ?? ''))
          ? logger.debug(fields, message)
          : logger.warn(fields, message),
    },
    close: async () => {
      stopping.abort();
      await watching;
      await connection.close();
    },
  };
}

async function isAnswering(connection: Connection, stopping: AbortSignal): Promise<boolean> {
  // Of this question alone: the client never takes its listeners off a signal.
  const own = new AbortController();
  const abort = (): void => own.abort();
  stopping.addEventListener('abort', abort);
  try {
    await connection.withAbortSignal(own.signal, () =>
      connection.withDeadline(Date.now() + PATIENCE_MS, () => connection.workflowService.getSystemInfo({})),
    );
    return true;
  } catch (error) {
    // A refusal is an answer.
    return !isUnanswered(error);
  } finally {
    stopping.removeEventListener('abort', abort);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
