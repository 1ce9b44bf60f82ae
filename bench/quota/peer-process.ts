/** One process of a peer: takes a `PeerTask` by a message, asks for each session, and ends. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import * as lark from '@larksuiteoapi/node-sdk';
import Bottleneck from 'bottleneck';
import pThrottle from 'p-throttle';
import type { PeerReport, PeerTask } from './peers.ts';

/** So many calls of one process at once, where nothing else keeps them apart. */
const AT_ONCE = 10;
const BACK_OFF = { firstMs: 500, factor: 2 };
const TOO_MANY = 99991400;

/** It says each throttled answer in twenty lines. */
const SILENT = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

const report = (message: PeerReport): void => void process.send?.(message);

type Ask = (query: Record<string, string>) => Promise<void>;

function askingOnce({ url }: PeerTask): Ask {
  const client = new lark.Client({ appId: 'cli_sandbox', appSecret: 'sandbox-secret', domain: url, logger: SILENT });
  return async (query) => {
    // oxlint-disable-next-line typescript/no-explicit-any -- the query is complete, which its type does not say
    await client.vc.participantQualityList.get({ params: { page_size: 100, ...query } as any });
  };
}

/** Asks until it is answered, each time in its turn; each throttled answer doubles the wait, up to a window. */
function backingOff({ share }: PeerTask, ask: Ask): Ask {
  return async (query) => {
    for (let waitMs = BACK_OFF.firstMs; ; waitMs = Math.min(share.windowMs, BACK_OFF.factor * waitMs)) {
      try {
        return await ask(query);
      } catch (error) {
        if (!isThrottled(error)) throw error;
        await delay(waitMs * (0.5 + Math.random() / 2));
      }
    }
  };
}

/** As axios, which the SDK calls with, says it. */
function isThrottled(error: unknown): boolean {
  const { response } = error as { response?: { status: number; data?: { code?: number } } };
  return response?.status === 429 || response?.data?.code === TOO_MANY;
}

/** Each ask in its turn, as the peer's own documentation has it for a limit that holds in any window. */
function paced({ peer, share }: PeerTask, ask: Ask): Ask {
  if (peer === 'p-throttle') return pThrottle({ limit: share.calls, interval: share.windowMs, strict: true })(ask);
  if (peer === 'bottleneck') return new Bottleneck({ minTime: Math.ceil(share.windowMs / share.calls) }).wrap(ask);
  return ask;
}

report({ event: 'ready', pid: process.pid });
const [task] = (await once(process, 'message')) as [PeerTask];
const ask = backingOff(task, paced(task, askingOnce(task)));
let answered = 0;
const left = [...task.queries];
const askForEach = async (): Promise<void> => {
  for (let query = left.shift(); query !== undefined; query = left.shift()) {
    await ask(query);
    report({ event: 'answered', sessions: ++answered });
  }
};
const atOnce = task.peer === 'the SDK, backing off' ? AT_ONCE : left.length;
await Promise.all(Array.from({ length: atOnce }, askForEach));
process.disconnect();
