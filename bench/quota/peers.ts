/**
 * What one would write without this product: three processes that each have a third of the sessions, and ask by Feishu's
 * official SDK. `the SDK, backing off` asks until it is throttled; the others split the limit by hand, a third for each.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import type { Limit } from '../../feishu/pacer.ts';
import { startSandbox, type SandboxOptions } from '../../sandbox/index.ts';
import { summarise, type Figures } from '../../test/support/api-lease-figures.ts';
import { callsReach } from '../../test/support/load.ts';
import { sessionQuery, sessionsOf } from '../../test/support/sandbox-client.ts';

export const PEERS = ['the SDK, backing off', 'p-throttle', 'bottleneck'] as const;
export type Peer = (typeof PEERS)[number];

export interface PeerTask {
  peer: Peer;
  url: string;
  /** Of this process. */
  share: Limit;
  queries: Record<string, string>[];
}
export type PeerReport = { event: 'ready'; pid: number } | { event: 'answered'; sessions: number };

export interface PeerInput {
  peer: Peer;
  sandbox: SandboxOptions;
  day: string;
  limit: Limit;
  /** Null: nothing happens to them. Else one is killed at a third of the calls, another one stopped for so long at two thirds. */
  stopMs: number | null;
}

export interface PeerFigures extends Pick<Figures, 'throttled' | 'mostInAnyWindow' | 'wholeUtilisation'> {
  sessions: number;
  answered: number;
}

const PROCESSES = 3;

export async function measurePeer({ peer, day, limit, stopMs, ...o }: PeerInput): Promise<PeerFigures> {
  const sandbox = await startSandbox(o.sandbox);
  const children: ChildProcess[] = [];
  try {
    const queries = sessionsOf({ sandbox }, day).map(sessionQuery);
    const share = { calls: Math.floor(limit.calls / PROCESSES), windowMs: limit.windowMs };
    const answered: number[] = [];
    for (let i = 0; i < PROCESSES; i++) children.push(await startPeer(i, answered));
    const ended = children.map((child) => once(child, 'exit'));
    for (const [i, child] of children.entries()) {
      const own = queries.filter((_, at) => at % PROCESSES === i);
      child.send({ peer, url: sandbox.url, share, queries: own } satisfies PeerTask);
    }
    if (stopMs !== null) await disturb(children, { sessions: queries.length, stopMs, ledger: sandbox.ledger });
    await Promise.all(ended);
    const calls = sandbox.ledger.calls.filter(({ endpoint }) => endpoint === 'L3');
    const arrivals = calls.map(({ atMs, throttled }) => ({ app: 0, atMs, throttled }));
    const letGo = arrivals.filter(({ throttled }) => !throttled);
    return {
      sessions: queries.length,
      answered: answered.reduce((sum, each) => sum + each, 0),
      throttled: arrivals.length - letGo.length,
      mostInAnyWindow: summarise({ arrivals, limit, incidents: [] }).mostInAnyWindow,
      wholeUtilisation: summarise({ arrivals: letGo, limit, incidents: [] }).wholeUtilisation,
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await sandbox.close();
  }
}

/** `answered`: how many sessions of each process were answered so far. */
async function startPeer(i: number, answered: number[]): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('peer-process.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`a peer ended before it was ready: exit ${code}`)));
    child.on('message', (report: PeerReport) => {
      if (report.event === 'answered') answered[i] = report.sessions;
      else if (report.pid === child.pid) resolve();
      else reject(new Error(`the peer works as process ${report.pid}, but ${child.pid} was started`));
    });
  });
  return child;
}

async function disturb(
  [first, second]: ChildProcess[],
  o: { sessions: number; stopMs: number; ledger: Parameters<typeof callsReach>[0] },
): Promise<void> {
  const reach = (count: number) =>
    callsReach(o.ledger, { count, fits: ({ endpoint, throttled }) => endpoint === 'L3' && !throttled });
  await reach(o.sessions / 3);
  first?.kill('SIGKILL');
  await reach((2 * o.sessions) / 3);
  second?.kill('SIGSTOP');
  await delay(o.stopMs);
  second?.kill('SIGCONT');
}
