/** close() in the middle of changes: libsql would end the process where a closed database is asked anything. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { root } from '../helpers/built-package.js'
import { freshSqlite } from '../helpers/databases.js'
import { run } from '../helpers/programs.js'
import { ask } from '../helpers/sql.js'

const main = fileURLToPath(new URL('../helpers/closed-under-work-main.ts', import.meta.url))

test('the process goes on, and what was made is what is there', { timeout: 60_000 }, async () => {
  const url = await freshSqlite()
  const { exitCode, stdout, stderr } = await run(process.execPath, ['--import', 'tsx', main, url], { cwd: root })
  expect(exitCode, stderr).toBe(0)
  const { made, refused } = JSON.parse(stdout) as { made: string[]; refused: number }
  expect(made.length + refused).toBe(200)
  expect(refused).toBeGreaterThan(0)
  const there = (await ask(url, 'SELECT id FROM api_keys')).map(({ id }) => id)
  expect(there.sort()).toEqual(made.sort())
})
