/** Loaded before each test that is to need no server and no build: one that starts a server, or a program of the build, fails there and then. */
import { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import { ROOT } from './tree.ts';

interface Spawns {
  spawn(options: { file: string; args?: string[] }): unknown;
}

// Every asynchronous way to start a process ends in this method.
const children = ChildProcess.prototype as unknown as Spawns;
const spawn = children.spawn;
children.spawn = function spawnUnlessServer(this: Spawns, options) {
  const words = [options.file, ...(options.args ?? [])];
  const refused = words.find(
    (word) => word === 'start-dev' || /^temporal(\.exe)?$/.test(basename(word)) || word.startsWith(`${ROOT}dist/`),
  );
  if (refused !== undefined)
    throw new Error(`this test may start neither servers nor the build, but it starts ${words.join(' ')}`);
  return spawn.call(this, options);
};
