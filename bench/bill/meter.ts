/**
 * What a Temporal server and a worker have used so far.
 *
 * Requests and actions are the server's own counters (`--metrics-port`), so every process on the network's other side is
 * counted alike. `action` is the counter that Temporal's documentation says to estimate a bill of Temporal Cloud from.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from '../../test/support/process-figures.ts';

const NAMESPACE = 'default';
/** The server adds to its counters once a second. */
const COUNTERS_LAG_MS = 2500;
const SAMPLE = /^(action|service_requests)\{(.*)\} (\S+)$/gm;

export interface Metered {
  metricsPort: number;
  /** Where the database is. */
  dir: string;
  serverPid: number;
  workerPid: number;
}

export interface Reading {
  atMs: number;
  /** By kind, as the server names it: `command_StartTimer`, `grpc_RecordActivityTaskHeartbeat`, … */
  actions: Map<string, number>;
  /** By method of the frontend. */
  requests: Map<string, number>;
  serverCpuMs: number;
  workerCpuMs: number;
  databaseBytes: number;
}

export async function read({ metricsPort, dir, serverPid, workerPid }: Metered): Promise<Reading> {
  const used = {
    atMs: performance.now(),
    serverCpuMs: 1000 * cpuSeconds(serverPid),
    workerCpuMs: 1000 * cpuSeconds(workerPid),
    databaseBytes: sizeOf(join(dir, 'temporal.db')) + sizeOf(join(dir, 'temporal.db-wal')),
  };
  await sleep(COUNTERS_LAG_MS);
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return { ...used, ...countersOf(text) };
}

function countersOf(text: string): Pick<Reading, 'actions' | 'requests'> {
  const counters = { actions: new Map<string, number>(), requests: new Map<string, number>() };
  for (const [, metric, list = '', value] of text.matchAll(SAMPLE)) {
    const labels = new Map(list.split(',').map((label) => label.split('=', 2) as [string, string]));
    const label = (name: string) => labels.get(name)?.replaceAll('"', '') ?? '';
    if (label('service_name') !== 'frontend' || label('namespace') !== NAMESPACE) continue;
    const isAction = metric === 'action';
    const [into, key] = isAction ? [counters.actions, label('action_type')] : [counters.requests, label('operation')];
    into.set(key, (into.get(key) ?? 0) + Number(value));
  }
  return counters;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What was used between two readings. `atMs` is then how long that was. */
export function difference(from: Reading, to: Reading): Reading {
  return {
    atMs: to.atMs - from.atMs,
    actions: subtract(from.actions, to.actions),
    requests: subtract(from.requests, to.requests),
    serverCpuMs: to.serverCpuMs - from.serverCpuMs,
    workerCpuMs: to.workerCpuMs - from.workerCpuMs,
    databaseBytes: to.databaseBytes - from.databaseBytes,
  };
}

function subtract(from: Map<string, number>, to: Map<string, number>): Map<string, number> {
  const grown = [...to].map(([key, count]): [string, number] => [key, count - (from.get(key) ?? 0)]);
  return new Map(grown.filter(([, count]) => count > 0).toSorted(([, a], [, b]) => b - a));
}

export function sum(counts: Map<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
