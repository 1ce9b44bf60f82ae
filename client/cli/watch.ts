/** Waiting for a run, with its progress in view. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeishuVcClient } from '../connect.ts';
import { MessageRefusedError } from '../errors.ts';
import { grpcCode } from '../../temporal/grpc-code.ts';
import type { Progress } from '../../workflows/messages.ts';
import { Interrupted } from './failures.ts';
import type { Output, ProgressView } from './output.ts';
import { untilSignal } from './signals.ts';

const REFRESH_INTERVAL_MS = 1_000;
const WORKER_CHECK_INTERVAL_MS = 10_000;
const RECONNECT_INTERVAL_MS = 2_000;

export interface Followed<R> {
  client: FeishuVcClient;
  handle: { readonly workflowId: string; result(): Promise<R>; progress(): Promise<Progress> };
  output: Output;
}

export interface Watched<R> extends Followed<R> {
  /** The command that watches the same run again. */
  again: string;
}

/**
 * Follows a run until it ends or the person stops watching; stopping never stops the run.
 * @throws ExportFailedError when the run fails
 * @throws Interrupted on Ctrl-C; the run goes on
 */
export async function watch<R>(watched: Watched<R>): Promise<R> {
  const signal = untilSignal();
  try {
    return await follow(watched, signal.interrupted);
  } catch (error) {
    if (error instanceof Interrupted) {
      watched.output.say(`${watched.handle.workflowId} goes on without you. To watch it again:\n  ${watched.again}`);
    }
    throw error;
  } finally {
    signal.stop();
  }
}

/** Shows the progress until the run ends, also while the server is away for a time, or until `giveUp` rejects. */
export async function follow<R>(followed: Followed<R>, giveUp: Promise<never>): Promise<R> {
  const view = followed.output.view();
  const stop = new AbortController();
  try {
    return await Promise.race([
      giveUp,
      resultAcrossOutages(followed, stop.signal),
      refresh(followed, view, stop.signal),
    ]);
  } finally {
    stop.abort();
    view.stop();
  }
}

async function resultAcrossOutages<R>({ handle }: Followed<R>, stop: AbortSignal): Promise<R> {
  for (;;) {
    try {
      return await handle.result();
    } catch (error) {
      if (!isOutage(error) || stop.aborted) throw error;
      await sleep(RECONNECT_INTERVAL_MS);
    }
  }
}

const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;
function isOutage(error: unknown): boolean {
  const code = grpcCode(error);
  return code === UNAVAILABLE || code === DEADLINE_EXCEEDED;
}

/** Shows the progress until stopped; never resolves: the result does. */
async function refresh<R>(followed: Followed<R>, view: ProgressView, stop: AbortSignal): Promise<never> {
  // What keeps the run from moving, said already.
  let trouble = '';
  let workerCheckAtMs = 0;
  while (!stop.aborted) {
    const before = trouble;
    try {
      if (Date.now() - workerCheckAtMs >= WORKER_CHECK_INTERVAL_MS) {
        workerCheckAtMs = Date.now();
        trouble = (await followed.client.workersPolling()) === 0 ? noWorker(followed.client) : '';
      }
      if (trouble === '') await showProgress(followed, view, stop);
    } catch (error) {
      if (!isOutage(error)) throw error;
      trouble = `The server at ${followed.client.address} does not answer; waiting for it.`;
    }
    if (trouble !== '' && trouble !== before && !stop.aborted) view.note(trouble);
    await sleep(REFRESH_INTERVAL_MS, undefined, { ref: false });
  }
  return new Promise<never>(() => undefined);
}

function noWorker({ taskQueue, address }: FeishuVcClient): string {
  return `No worker polls the queue "${taskQueue}" at ${address}: nothing moves until one does. Start one: feishu-vc worker`;
}

async function showProgress<R>({ handle }: Followed<R>, view: ProgressView, stop: AbortSignal): Promise<void> {
  try {
    const progress = await handle.progress();
    if (!stop.aborted) view.show(progress);
  } catch (error) {
    // A busy or restarting worker: the next round asks again.
    if (!(error instanceof MessageRefusedError)) throw error;
  }
}
