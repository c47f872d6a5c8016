/** What a process that remembers many keys needs for each. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { root } from './helpers/built-package.js'
import { freshSqlite } from './helpers/databases.js'
import { run } from './helpers/programs.js'
import { measured, rounds } from './helpers/rounds.js'
import { until } from './helpers/until.js'

const main = fileURLToPath(new URL('./helpers/cached-keys-main.ts', import.meta.url))
const count = rounds(10_000, 100_000)

test(`each of ${count} remembered keys, of as many owners, takes at most 1,200 bytes`, {
  timeout: 200_000
}, async () => {
  const bytesPerKey = await until(async () => {
    const args = ['--expose-gc', '--import', 'tsx', main, await freshSqlite(), String(count)]
    const { stdout, stderr } = await run('node', args, { cwd: root })
    expect(stderr).toBe('')
    const { bytesPerKey, remembered } = JSON.parse(stdout)
    // On a busy machine a feed that had to begin again may have emptied the cache meanwhile.
    return remembered === count && bytesPerKey
  })
  measured({ bytesPerKey })
  expect(bytesPerKey).toBeLessThan(1_200)
})
