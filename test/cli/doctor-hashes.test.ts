/** What keystile doctor says of keys whose hashes need something that is not there: a package, or a secret. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { insertRow } from '../hashes/rows.js'
import { linkedProject, projectWith, writeFiles } from '../helpers/built-package.js'
import { databases } from '../helpers/databases.js'
import { type FreshKeys, freshKeys } from '../helpers/keys.js'
import { run } from '../helpers/programs.js'
import { type CheckDocument, doctor } from './run-doctor.js'
import { root } from './run-keystile.js'

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'optionalDependencies',
  Readonly<Record<string, string>>
>

const hmacRow = (fresh: FreshKeys) => insertRow(fresh, { keyHash: 'ab'.repeat(32), hashAlg: 'hmac' })

describe.each(databases)('on $name', (database) => {
  test('keys that are hashed with a secret fail where the settings have none, and pass where they have one', async () => {
    const fresh = await freshKeys(database)
    const cwd = linkedProject()
    const config = (options: string) =>
      writeFiles(cwd, {
        'keystile.config.mjs': `import { createApiKeys } from 'keystile'
export default createApiKeys({ url: ${JSON.stringify(fresh.url)}, ${options} })\n`
      })
    config('')
    expect((await doctor({ cwd })).check('keys_hmac')).toMatchObject({ status: 'ok', details: { count: 0 } })
    const id = await hmacRow(fresh)
    const lacking = await doctor({ cwd })
    expect([lacking.code, lacking.ids('fail')]).toEqual([1, ['keys_hmac']])
    expect(lacking.check('keys_hmac')).toMatchObject({
      message: expect.stringContaining('1 key can not get in'),
      remedy: expect.stringMatching(/acceptHmac.*hash/),
      details: { count: 1, examples: [{ id, name: 'imported', ownerId: String(fresh.owner.id) }] }
    })
    config("acceptHmac: ['a secret of another system']")
    expect((await doctor({ cwd })).ids('fail')).toEqual([])
  })
})

test('keys that are hashed by bcrypt fail where the package is not installed, with what to run', async () => {
  const [sqlite] = databases
  if (!sqlite) throw new Error('there is no SQLite')
  const fresh = await freshKeys(sqlite)
  const env = { DATABASE_URL: fresh.url }
  const needs = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)]
  const project = projectWith(needs.filter((name) => name !== 'bcrypt'))
  const checkThere = async () => {
    const { stdout } = await run('node', ['node_modules/keystile/dist/cli/main.js', 'doctor', '--json'], {
      cwd: project,
      env
    })
    const { checks } = JSON.parse(stdout) as { readonly checks: readonly CheckDocument[] }
    return checks.find(({ id }) => id === 'keys_bcrypt')
  }
  expect(await checkThere()).toMatchObject({ status: 'ok', details: { count: 0 } })
  await insertRow(fresh, { keyHash: `$2b$10$${'a'.repeat(53)}`, hashAlg: 'bcrypt' })
  expect(await checkThere()).toMatchObject({
    status: 'fail',
    remedy: 'Run: npm i bcrypt',
    details: { count: 1, examples: [{ name: 'imported' }] }
  })
  expect((await doctor({ cwd: linkedProject(), env })).check('keys_bcrypt').status).toBe('ok')
})
