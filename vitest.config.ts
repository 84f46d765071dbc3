import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders whose tests wait longest for others, the longest first: begun early, none is what everything waits for at the end. */
const EARLY = [
  '/test/interop/webRtc',
  '/test/interop/tracker',
  '/test/interop/transmission',
  '/test/interop/',
  '/test/web/',
  '/test/',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const found = EARLY.findIndex((folder) => moduleId.includes(folder))
  return found === -1 ? EARLY.length : found
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // One more than there are cores: many tests wait for other processes.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
  },
})
