/** `keystile triggers` where a keystile.config.ts says what the app's schema calls things: from there to a remembered key. */
import { join } from 'node:path'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { writeFiles } from '../../helpers/built-package.js'
import { databases, type TestDatabase } from '../../helpers/databases.js'
import { connect } from '../../helpers/keys.js'
import {
  applyMigrations,
  client,
  createMigration,
  openClient,
  prismaCli,
  prismaProject,
  read,
  sqlite
} from '../../helpers/prisma-project.js'
import { until } from '../../helpers/until.js'
import { json, keystile } from '../run-keystile.js'

describe('where fields have names of the app', () => {
  /** The schema after init with those names, and the option that says them. */
  const renamings: readonly {
    readonly title: string
    readonly rename: readonly [RegExp, string][]
    readonly models: object
  }[] = [
    {
      title: 'the hash',
      rename: [[/keyHash( .*)"key_hash"/, 'hashed$1"hashed"']],
      models: { apiKey: { fields: { keyHash: 'hashed' } } }
    },
    {
      title: "a key's owner",
      rename: [
        [/userId /, 'accountId '],
        [/fields: \[userId\]/, 'fields: [accountId]'],
        [/\[userId\b/g, '[accountId']
      ],
      models: { apiKey: { fields: { userId: 'accountId' } } }
    },
    {
      title: "the owner's own, and nothing else",
      rename: [],
      models: { owner: { fields: { isActive: 'enabled', email: 'mail' } } }
    }
  ]
  const [onSqlite] = databases as [TestDatabase]

  test.each(renamings)(
    'the triggers are those of its keystile.config.ts: $title',
    { timeout: 120_000 },
    async (given) => {
      const { provider, fresh } = onSqlite
      const owner =
        'model User {\n  id Int @id\n  mail String @unique @map("e_mail")\n  enabled Boolean @default(true)\n}\n'
      const folder = prismaProject({ 'prisma/schema.prisma': `${client}${sqlite}${owner}` })
      const [url, migration] = [await fresh(), 'prisma/migrations/20270101000000_keystile/migration.sql']
      await json({ cwd: folder }, ['init'])
      const renamed = given.rename.reduce(
        (text, [from, to]) => text.replace(from, to),
        read(folder, 'prisma/schema.prisma')
      )
      writeFiles(folder, {
        'prisma/schema.prisma': renamed,
        'keystile.config.ts': `import { PrismaLibSql } from '@prisma/adapter-libsql'
        import { createApiKeys } from 'keystile'
        import { PrismaClient } from './client/client.ts'
        const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: '${url}' }) })
        export default createApiKeys({ prisma, models: ${JSON.stringify(given.models)} })`
      })
      await createMigration({ provider, url }, join(folder, migration), undefined, renamed)
      expect(await keystile({ cwd: folder }, ['triggers'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('npx prisma generate')
      })
      await prismaCli(folder, ['generate'])
      expect(await keystile({ cwd: folder }, ['triggers', '--owner-columns', 'id'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("the config file's keys say themselves what they read")
      })
      expect(await json({ cwd: folder }, ['triggers', '--append'])).toMatchObject({ appended: true })
      await applyMigrations({ provider, url }, join(folder, 'prisma/migrations'), renamed)
      const prisma = await openClient(join(folder, 'client/client.ts'), url)
      const keys = createApiKeys({ prisma, feedUrl: url, models: given.models } as object)
      const { sql, close } = await connect(url)
      await sql(`INSERT INTO "User" ("id", "e_mail") VALUES (1, 'ada@example.com')`)
      const { token } = await keys.create({ ownerId: 1, name: 'laptop' })
      await until(async () => (await keys.verify(token)) && keys.health().cache === 'fresh')
      await sql('UPDATE "User" SET "enabled" = false')
      if ('owner' in given.models)
        await until(() =>
          keys.verify(token).then(
            () => false,
            () => true
          )
        )
      await close()
      await keys.close()
    }
  )

  test('without a client of the app in it, they are those of the schema', async () => {
    const folder = prismaProject({
      'prisma/schema.prisma': `${client}${sqlite}model User {\n  id Int @id\n  email String\n}\n`,
      'keystile.config.ts': `import { createApiKeys } from 'keystile'\nexport default createApiKeys({ url: 'file:./own.db' })`
    })
    await json({ cwd: folder }, ['init'])
    const { stdout } = await keystile({ cwd: folder }, ['triggers'])
    expect(stdout).toContain('ON "User"')
  })
})
