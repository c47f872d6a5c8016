/** A process with a feed ends when it has nothing else to do. */
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { projectRoot } from '../helpers/prisma-migrate.js'
import { run } from '../helpers/programs.js'

const main = fileURLToPath(new URL('feed-main.ts', import.meta.url))

describe.each(databases)('$name', (database) => {
  test.each(['open', 'close'])('a feed that is left to %s', async (ending) => {
    const { url } = await freshKeys(database)
    const ended = await run(process.execPath, ['--import', 'tsx', main, url, ending], { cwd: projectRoot })
    expect(ended).toEqual({ exitCode: 0, stdout: '* barrier ', stderr: '' })
  })
})
