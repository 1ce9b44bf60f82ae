import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { testKinds } from './test/support/test-kinds.ts';

const { unit, server } = testKinds();

const isUnit = ({ project }: TestSpecification): boolean => project.name === 'unit';

/** The files that wait come first, so that at the end none of them is waited for alone. */
class ServersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const servers = files.filter((file) => !isUnit(file));
    // The base's own method, which gives a new list.
    // oxlint-disable-next-line unicorn/no-array-sort
    return [...(await super.sort(servers)), ...(await super.sort(files.filter(isUnit)))];
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Many files spend their time waiting for servers and timers; one at a time leaves the machine idle.
    maxWorkers: 3,
    sequence: { sequencer: ServersFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: unit, setupFiles: ['test/support/no-servers.ts'] },
      },
      { extends: true, test: { name: 'server', include: server } },
    ],
  },
});
