import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { testKinds } from './test/support/test-kinds.ts';

const { unit, server } = testKinds();

/** The files that wait come first, so that at the end none of them is waited for alone. */
class ServersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isUnit = ({ project }: TestSpecification) => project.name === 'unit';
    return [...sorted.filter((file) => !isUnit(file)), ...sorted.filter(isUnit)];
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Many files spend their time waiting for servers and timers; one at a time leaves the machine idle.
    maxWorkers: 5,
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
