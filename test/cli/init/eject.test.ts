/** `keystile eject`: what it copies, and that a database which keystile made goes on in the app's own Prisma project. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { runEject } from '../../../src/cli/init/run-eject.js'
import { freshFolder, writeFiles } from '../../helpers/built-package.js'
import { databases } from '../../helpers/databases.js'
import { migrate } from '../../helpers/migrate.js'
import { packagedMigrations } from '../../helpers/prisma-migrate.js'
import {
  applyMigrations,
  openClient,
  prismaCli,
  prismaProject,
  read,
  schemaText
} from '../../helpers/prisma-project.js'
import { isLong } from '../../helpers/rounds.js'
import { until } from '../../helpers/until.js'
import { json, keystile } from '../run-keystile.js'

const request = { provider: 'sqlite', to: 'prisma', output: '../generated/prisma' } as const

test.each(databases)('on $name, it copies all migrations and the models', ({ provider }) => {
  const folder = freshFolder()
  const { files } = runEject(folder, { ...request, provider, to: 'db' })
  expect(files).toContain('prisma.config.ts')
  expect(read(folder, 'prisma.config.ts')).toContain("schema: 'db/schema.prisma'")
  expect(read(folder, 'db/migrations/migration_lock.toml')).toContain(`provider = "${provider}"`)
  for (const { name, sql } of packagedMigrations(provider)) {
    expect(read(folder, `db/migrations/${name}/migration.sql`)).toBe(sql)
  }
})

test.each(['prisma/schema.prisma', 'prisma/migrations/migration_lock.toml'])(
  'nothing is written where there is a %s',
  (name) => {
    const folder = freshFolder()
    writeFiles(folder, { [name]: 'mine' })
    expect(() => runEject(folder, request)).toThrow(`it is there already: ${name}`)
    expect(read(folder, name)).toBe('mine')
    expect(readdirSync(folder)).toEqual(['prisma'])
  }
)

test('where a file can not be written, no folder is left behind', () => {
  const folder = freshFolder()
  writeFiles(folder, { taken: 'mine' })
  expect(() => runEject(folder, { ...request, to: 'made/taken/../../taken' })).toThrow(/Nothing was changed/)
  expect(readdirSync(folder)).toEqual(['taken'])
})

test('--to may be an absolute path, and have any sign in it', () => {
  const folder = freshFolder()
  const to = join(freshFolder(), `it's "here" \\n`)
  runEject(folder, { ...request, to })
  expect(existsSync(join(to, 'schema.prisma'))).toBe(true)
  const text = read(folder, 'prisma.config.ts')
  const given = text.slice(text.indexOf('defineConfig({'))
  const config = Function('defineConfig', `return ${given}`)((config: object) => config)
  expect(config).toMatchObject({ schema: join(to, 'schema.prisma'), migrations: { path: join(to, 'migrations') } })
})

test("a Prisma config of the project's own stays, and the commands say where the schema is", () => {
  const folder = freshFolder()
  writeFiles(folder, { 'prisma.config.mjs': 'mine' })
  const { files, next } = runEject(folder, request)
  expect(files).not.toContain('prisma.config.ts')
  expect(next).toContain('npx prisma migrate deploy --schema prisma/schema.prisma')
})

describe.runIf(isLong)('the command', () => {
  test.each(databases)(
    'a database on $name that keystile made goes on with the own client',
    { timeout: 120_000 },
    async ({ provider, fresh }) => {
      const url = await fresh()
      await migrate(url)
      const before = createApiKeys({ url })
      const { owner } = await before.ensureOwner({ email: 'ada@example.com' })
      const { token } = await before.create({ ownerId: owner.id, name: 'laptop' })
      await before.close()

      const folder = prismaProject({ '.env': `DATABASE_URL=${url}\n` })
      await json({ cwd: folder }, ['eject'])
      const schema = schemaText(folder, 'prisma/schema.prisma')
      expect(await applyMigrations({ provider, url }, join(folder, 'prisma/migrations'), schema)).toEqual([])
      await prismaCli(folder, ['generate'])
      const prisma = await openClient(join(folder, 'generated/prisma/client.ts'), url)
      const keys = createApiKeys({ prisma, feedUrl: url })
      await expect(keys.verify(token)).resolves.toMatchObject({ owner: { email: 'ada@example.com' } })
      await until(async () => (await keys.verify(token)) && keys.health().cache === 'fresh')
      await keys.close()
    }
  )

  test('a second time it says what is there, and a database of another kind is refused', async () => {
    const folder = prismaProject({})
    expect((await keystile({ cwd: folder }, ['eject'])).stdout).toContain(
      "feedUrl: process.env.DATABASE_URL ?? 'file:./keystile.db'"
    )
    expect(await keystile({ cwd: folder }, ['eject'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('keystile init')
    })
    const other = prismaProject({ '.env': 'DATABASE_URL=mysql://localhost/app\n' })
    expect(await keystile({ cwd: other }, ['eject'])).toMatchObject({ code: 1, stdout: '' })
    expect(existsSync(join(other, 'prisma'))).toBe(false)
  })
})
