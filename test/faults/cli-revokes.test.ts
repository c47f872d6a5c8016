/** `keystile revoke` in a terminal reaches the apps that run. */
import { describe, expect, test } from 'vitest'
import { root } from '../helpers/built-package.js'
import { databases } from '../helpers/databases.js'
import { startKeyProcess } from '../helpers/key-process.js'
import { afterwards, insertOwner, issueKeys, migrated } from '../helpers/key-ring.js'
import { run } from '../helpers/programs.js'
import { isLong, rounds } from '../helpers/rounds.js'
import { openSql } from '../helpers/sql.js'
import { ask, lastAccept, percentile, untilFresh } from '../helpers/watched-process.js'

const withinMs = { postgresql: 100, sqlite: 300 }
const trials = rounds(1, 10)

describe.each(databases)('on $name', (database) => {
  test('its key is refused everywhere', { timeout: 120_000 }, async () => {
    const url = await migrated(database)
    const sql = await openSql(url)
    afterwards(() => sql.close())
    const apps = await Promise.all(Array.from({ length: rounds(1, 4) }, () => startKeyProcess({ url })))
    const owner = await insertOwner(sql)
    const late: number[] = []
    for (let i = 0; i < trials; i++) {
      const [{ id, token } = { id: '', token: '' }] = await issueKeys(sql, owner, 1)
      for (const app of apps) await untilFresh(app, token)
      for (const { port } of apps) expect(await ask(port, token)).toBe(204)
      const { exitCode, stderr } = await run(process.execPath, ['dist/cli/main.js', 'revoke', id], {
        cwd: root,
        env: { DATABASE_URL: url }
      })
      expect(exitCode, stderr).toBe(0)
      late.push(...(await Promise.all(apps.map(({ port }) => lastAccept(port, token)))))
    }
    expect(percentile(late, 99)).toBeLessThan(isLong ? withinMs[database.provider] : 3_000)
  })
})
