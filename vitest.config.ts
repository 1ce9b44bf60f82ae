import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { testKinds, type TestKind } from './test/support/test-kinds.ts';

const { unit, long, server } = testKinds();

/** The files that wait come first, so that at the end none of them is waited for alone. */
class ServersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted: TestSpecification[] = [];
    for (const kind of ['server', 'long', 'unit'] satisfies TestKind[]) {
      const ofKind = files.filter(({ project }) => project.name === kind);
      // The base's own method, which gives a new list.
      // oxlint-disable-next-line unicorn/no-array-sort
      sorted.push(...(await super.sort(ofKind)));
    }
    return sorted;
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Many files spend their time waiting for servers and timers; one at a time leaves the machine idle.
    maxWorkers: 3,
    sequence: { sequencer: ServersFirst },
    // They end what hangs; how long something takes on a busy machine is no matter of theirs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    projects: [
      // Loading its modules costs a unit test more than its tests do, so a process keeps them from file to file.
      {
        extends: true,
        test: { name: 'unit', include: unit, setupFiles: ['test/support/no-servers.ts'], isolate: false },
      },
      { extends: true, test: { name: 'long', include: long, setupFiles: ['test/support/no-servers.ts'] } },
      { extends: true, test: { name: 'server', include: server } },
    ],
  },
});
