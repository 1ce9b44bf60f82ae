/**
 * Machines of one network, without the machines: network namespaces on a bridge. Each has an address of its own and a root
 * that is read-only; what its processes write goes to a disk in memory that no other process sees and that ends with them.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Machine {
  /** Of its namespace. */
  name: string;
  /** The command that runs a command in it; the process id stays the command's. */
  runs(...command: string[]): [program: string, ...args: string[]];
  /** HOME, TMPDIR and working folder of its processes. */
  scratch: string;
  /** Its interface goes down, or up: what is sent either way is lost without a sign. */
  cutOff(): Promise<void>;
  joinAgain(): Promise<void>;
  /** Whether a process of this id runs in it. */
  has(pid: number): Promise<boolean>;
}

export interface Network {
  /** Of the side that all machines reach: this process and what it starts. */
  address: string;
  machines: readonly Machine[];
  /** Files that the machines left on this machine's own disk: none. */
  left(): Promise<string[]>;
  close(): Promise<void>;
}

const OWN_DISK = 'mount -t tmpfs -o mode=700 tmpfs "$1" && mount -o remount,bind,ro / && cd "$1" && shift && exec "$@"';

/** Why this process may not make namespaces; undefined where it may. */
export async function whyNoMachines(): Promise<string | undefined> {
  const name = `fvc${process.pid}-try`;
  try {
    await ip('netns', 'add', name);
    await ip('netns', 'delete', name);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `dir`: an empty folder of this machine; where each machine has its disk. */
export async function startNetwork(count: number, dir: string): Promise<Network> {
  const bridge = `fvc${process.pid}`;
  const subnet = `10.${200 + (process.pid % 50)}.${Math.floor(process.pid / 50) % 250}`;
  const address = `${subnet}.1`;
  const machines: Machine[] = [];
  await ip('link', 'add', bridge, 'type', 'bridge');
  await ip('address', 'add', `${address}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  for (let number = 1; number <= count; number++) {
    machines.push(await makeMachine({ bridge, number, address: `${subnet}.${10 + number}`, dir }));
  }
  return {
    address,
    machines,
    left: async () => (await readdir(dir, { recursive: true, withFileTypes: true })).flatMap(fileName),
    close: async () => {
      for (const { name } of machines) await ip('netns', 'delete', name);
      await ip('link', 'delete', bridge);
    },
  };
}

async function makeMachine({
  bridge,
  number,
  address,
  dir,
}: {
  bridge: string;
  number: number;
  address: string;
  dir: string;
}): Promise<Machine> {
  const name = `${bridge}-${number}`;
  const cable = `${name}c`;
  const scratch = join(dir, `machine-${number}`);
  await mkdir(scratch);
  await ip('netns', 'add', name);
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  await ip('link', 'set', cable, 'master', bridge, 'up');
  await ip('-n', name, 'link', 'set', 'lo', 'up');
  await ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
  await ip('-n', name, 'link', 'set', 'eth0', 'up');
  return {
    name,
    scratch,
    runs: (...command) => ['ip', 'netns', 'exec', name, 'sh', '-c', OWN_DISK, 'sh', scratch, ...command],
    cutOff: () => ip('link', 'set', cable, 'down'),
    joinAgain: () => ip('link', 'set', cable, 'up'),
    has: async (pid) => (await run('ip', ['netns', 'identify', String(pid)])).stdout.trim() === name,
  };
}

async function ip(...args: string[]): Promise<void> {
  await run('ip', args);
}

function fileName(entry: { name: string; isFile(): boolean }): string[] {
  return entry.isFile() ? [entry.name] : [];
}
