import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/helpers/longest-first.js'
import { PlainSummary } from './test/helpers/plain-summary.js'

/** Each of their cases starts a process or more, or takes seconds of real time. `npm test` leaves them, and most rounds of races, to `npm run test:long`. */
const onlyLong = [
  'change-feed/awake',
  'change-feed/failures-postgresql',
  'change-feed/triggers-postgresql',
  'cli/doctor',
  'cli/doctor-hashes',
  'cli/doctor-project',
  'cli/find-keys',
  'cli/history',
  'cli/import',
  'cli/init/configured',
  'cli/init/end-to-end',
  'cli/init/project',
  'cli/misuse',
  'cli/output',
  'cli/terminal',
  'database/first-starts',
  'database/processes',
  'database/versions',
  'docs/coming-from',
  'docs/coming-from-tables',
  'docs/other-databases',
  'drivers',
  'example-probes',
  'example/limits',
  'example/start',
  'faults/cli-revokes',
  'faults/clock-moved',
  'faults/database-down',
  'faults/feed-lost',
  'faults/flood-beside-good-keys',
  'faults/flood-memory',
  'faults/heap',
  'faults/load-without-database',
  'faults/pool-taken',
  'faults/pooler',
  'faults/sigkill',
  'faults/write-lock',
  'hashes/bcrypt',
  'hashes/replaced-later',
  'http/rate-limit-postgres',
  'own-models/ids',
  'prisma-store/plain-rows',
  'types/consumer'
].map((name) => `test/${name}.test.ts`)

/** Modes that run only what needs them. */
const includes: Readonly<Record<string, string>> = {
  faults: 'test/faults/**/*.test.ts',
  browser: 'test/browser/**/*.test.ts',
  package: 'test/package/**/*.test.ts',
  bench: 'test/bench-targets/**/*.test.ts'
}

export default defineConfig(({ mode }) => {
  const faults = mode === 'faults'
  const long = mode === 'long' || faults
  const browser = mode === 'browser'
  const left = `Left to npm run test:long and test:faults: ${onlyLong.join(', ')}, and further rounds of other files`
  return {
    resolve: {
      // Tests import the package by its name, as users do, and read the source instead of an older build.
      alias: [
        { find: /^keystile$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
        { find: /^keystile\/(rate-limit|testing)$/, replacement: fileURLToPath(new URL('src/$1.ts', import.meta.url)) }
      ]
    },
    test: {
      include: [includes[mode] ?? 'test/**/*.test.ts'],
      // These need a browser, a registry or minutes: each has a script of its own. The faults have a short form in `npm test`.
      exclude: [
        ...configDefaults.exclude,
        ...(browser ? [] : ['test/browser/**']),
        ...(mode === 'package' ? [] : ['test/package/**']),
        ...(mode === 'bench' ? [] : ['test/bench-targets/**']),
        ...(mode === 'long' ? ['test/faults/**'] : []),
        ...(long ? [] : onlyLong)
      ],
      provide: { long },
      pool: 'forks',
      // Loading Prisma costs a third of a second, and as much again to transform: once a worker, not once a file.
      isolate: false,
      // What a fault is held to is time: no other test beside it.
      maxWorkers: includes[mode] ? 1 : 2,
      sequence: { sequencer: LongestFirst },
      setupFiles: ['test/helpers/setup.ts'],
      globalSetup: ['test/helpers/global-setup.ts'],
      testTimeout: 30_000,
      // To remove a dozen installs takes a while.
      hookTimeout: mode === 'package' ? 120_000 : 30_000,
      reporters: ['default', new PlainSummary(long || includes[mode] ? undefined : left)]
    }
  }
})
