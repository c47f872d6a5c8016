/** libsql ends the whole process where a closed database is asked whether it is in a transaction. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { root } from '../helpers/built-package.js'
import { freshSqlite } from '../helpers/databases.js'
import { run } from '../helpers/programs.js'

const main = fileURLToPath(new URL('../helpers/closed-libsql-main.ts', import.meta.url))

test('who comes after the close is refused, what was not committed is not there, and the process goes on', async () => {
  const path = (await freshSqlite()).slice('file:'.length)
  const { exitCode, stdout, stderr } = await run(process.execPath, ['--import', 'tsx', main, path], { cwd: root })
  expect(exitCode, stderr).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    read: 'refused',
    write: 'refused',
    begin: 'refused',
    inside: 'refused',
    commit: 'refused',
    rollback: 'done',
    closeInside: 'done',
    closed: true,
    closeAgain: 'done',
    rows: 0
  })
})
