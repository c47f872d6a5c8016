import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/helpers/longest-first.js'
import { PlainSummary } from './test/helpers/plain-summary.js'

/** Each of their cases starts a process or more. `npm test` leaves them, and most rounds of races, to `npm run test:long`. */
const onlyLong = ['find-keys', 'misuse', 'output', 'terminal'].map((name) => `test/cli/${name}.test.ts`)

export default defineConfig(({ mode }) => {
  const long = mode === 'long'
  const left = `Left to npm run test:long: ${onlyLong.join(', ')}, and further rounds of other files`
  return {
    resolve: {
      // Tests import the package by its name, as users do, and read the source instead of an older build.
      alias: [{ find: /^keystile$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) }]
    },
    test: {
      include: ['test/**/*.test.ts'],
      // These need a build, a browser or minutes: each has a script of its own.
      exclude: [...configDefaults.exclude, 'test/browser/**', 'test/package/**', ...(long ? [] : onlyLong)],
      provide: { long },
      pool: 'forks',
      // Loading Prisma costs a third of a second, and as much again to transform: once a worker, not once a file.
      isolate: false,
      maxWorkers: 2,
      sequence: { sequencer: LongestFirst },
      globalSetup: ['test/helpers/global-setup.ts'],
      testTimeout: 30_000,
      hookTimeout: 30_000,
      reporters: ['default', new PlainSummary(long ? undefined : left)]
    }
  }
})
