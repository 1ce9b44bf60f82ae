/** A process whose memory is looked at while it runs. */
import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { cpuSeconds, residentMiB } from './process-figures.ts';

export interface Watched {
  seconds: number;
  /** Of all its threads. */
  cpuSeconds: number;
  /** Of the process, in each quarter of its time. */
  peaksMiB: number[];
  /** Of the machine, at the end. */
  load: number;
}

/** Runs Node with these arguments; throws where it does not exit 0. */
export async function watched(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Watched> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const samples: number[] = [];
  let used = 0;
  const looking = setInterval(() => {
    if (child.exitCode !== null || child.pid === undefined) return;
    samples.push(residentMiB(child.pid));
    used = cpuSeconds(child.pid);
  }, 100);
  try {
    const code = await new Promise((done, failed) => child.once('exit', done).once('error', failed));
    if (code !== 0) throw new Error(`node ${args.join(' ')}: exit ${String(code)}`);
  } finally {
    clearInterval(looking);
  }
  const quarter = Math.ceil(samples.length / 4);
  const peaksMiB = [0, 1, 2, 3].map((each) => Math.max(0, ...samples.slice(each * quarter, (each + 1) * quarter)));
  return { seconds: (performance.now() - began) / 1000, cpuSeconds: used, peaksMiB, load: loadavg()[0] ?? 0 };
}

/** One line of a table of figures. */
export function shownFigures({ seconds, cpuSeconds: used, peaksMiB, load }: Watched): Record<string, string> {
  return {
    time: `${seconds.toFixed(1)} s`,
    'CPU time': `${used.toFixed(1)} s`,
    'memory by quarter, MiB': peaksMiB.map(Math.round).join(', '),
    load: load.toFixed(1),
  };
}
