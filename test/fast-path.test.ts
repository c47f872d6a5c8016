/** What a request with a remembered key costs: not in time, which machines differ in, but in what is done for it. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { root } from './helpers/built-package.js'
import { databases } from './helpers/databases.js'
import { freshKeys } from './helpers/keys.js'
import { run } from './helpers/programs.js'

const main = fileURLToPath(new URL('helpers/fast-path-main.ts', import.meta.url))
// The young generation takes all of the calls: nothing is collected while they are counted.
const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']

/** Of credentials, origin, verdict and mark: 860 when this was written. */
const mostBytes = 1_050

interface Seen {
  readonly wentOn: boolean
  readonly begun: readonly string[]
  readonly digests: number
  readonly bytesPerCall?: number
}

describe.each(databases)('on $name', (database) => {
  test.each(['4', '5'])(
    'Express %s: a remembered key costs one hash, and nothing that is waited for',
    async (version) => {
      const { keys, owner, url } = await freshKeys(database)
      const { token } = await keys.create({ ownerId: owner.id, name: 'laptop', scopes: ['reports:read'] })
      const args = [...flags, '--import', './scripts/run-typescript.mjs', main, url, token, version]
      const { exitCode, stdout, stderr } = await run(process.execPath, args, { cwd: root })
      expect(exitCode, stderr).toBe(0)
      const { bytesPerCall, ...seen } = JSON.parse(stdout) as Seen
      // No promise, timer, tick or request to the system: so no query either, on any database.
      expect(seen).toEqual({ wentOn: true, begun: [], digests: 1 })
      expect(bytesPerCall).toBeGreaterThan(0)
      expect(bytesPerCall).toBeLessThan(mostBytes)
    }
  )
})
