import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { PlainSummary } from './test/helpers/plain-summary.js'

export default defineConfig({
  resolve: {
    // Tests import the package by its name, as users do, and read the source instead of an older build.
    alias: [{ find: /^keystile$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) }]
  },
  test: {
    include: ['test/**/*.test.ts'],
    // These need a build, a browser or minutes: each has a script of its own.
    exclude: [...configDefaults.exclude, 'test/faults/**', 'test/browser/**', 'test/package/**'],
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/helpers/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', new PlainSummary()]
  }
})
