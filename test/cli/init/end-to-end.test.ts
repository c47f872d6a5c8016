/** An app's own project from `keystile init` to a request, with its own generated client and its own migrations. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import express from 'express'
import { type ApiKeys, apiKeyAuth, createApiKeys } from 'keystile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databases, type TestDatabase } from '../../helpers/databases.js'
import { serve } from '../../helpers/express-apps.js'
import { connect, type Sql } from '../../helpers/keys.js'
import {
  applyMigrations,
  client,
  createMigration,
  openClient,
  postgresql,
  prismaCli,
  prismaProject,
  read,
  schemaText,
  sqlite
} from '../../helpers/prisma-project.js'
import { until } from '../../helpers/until.js'
import { json } from '../run-keystile.js'

interface Case {
  readonly title: string
  readonly on: 'SQLite' | 'PostgreSQL'
  readonly files: Readonly<Record<string, string>>
  /** The file or folder of the schema. */
  readonly schema: string
  readonly init?: readonly string[]
  readonly ownerColumns?: string
  /** Makes an owner. */
  readonly insert: string
  readonly keysTable?: string
  readonly options?: object
  readonly client?: string
}

const config = `import { defineConfig } from 'prisma/config'\nexport default defineConfig({ schema: 'prisma' })\n`
const oldClient = 'generator client {\n  provider = "prisma-client-js"\n  output   = "../client"\n}\n'

const cases: readonly Case[] = [
  {
    title: 'one file, an owner with a text as id',
    on: 'SQLite',
    schema: 'prisma/schema.prisma',
    files: {
      'prisma/schema.prisma': `${client}${sqlite}model User {\n  id String @id @default(uuid())\n  email String @unique\n  isActive Boolean @default(true)\n}\n`
    },
    insert: `INSERT INTO "User" ("id", "email") VALUES ('ada', 'ada@example.com')`
  },
  {
    title: 'the older generator, a renamed table, a number as id',
    on: 'SQLite',
    schema: 'prisma/schema.prisma',
    files: {
      'prisma/schema.prisma': `${oldClient}${sqlite}model User {\n  id Int @id @default(autoincrement())\n  mail String @unique @map("e_mail")\n  role String\n\n  @@map("people")\n}\n`
    },
    ownerColumns: 'id,role',
    options: { ownerSelect: { role: true }, isOwnerActive: ({ role }: { role: string }) => role === 'admin' },
    insert: `INSERT INTO "people" ("e_mail", "role") VALUES ('ada@example.com', 'admin')`,
    client: 'client/index.js'
  },
  {
    title: 'a folder of files, an owner with a UUID as id',
    on: 'PostgreSQL',
    schema: 'prisma',
    files: {
      'prisma.config.ts': config,
      'prisma/base.prisma': `${client}${postgresql}`,
      'prisma/models/user.prisma':
        'model User {\n  id String @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid\n  email String @unique\n  plan Plan @default(free)\n}\nenum Plan {\n  free\n  pro\n}\n'
    },
    insert: `INSERT INTO "User" ("email") VALUES ('ada@example.com')`
  },
  {
    title: 'the older generator, a renamed table and columns, a BigInt as id',
    on: 'PostgreSQL',
    schema: 'prisma/schema.prisma',
    files: {
      'prisma/schema.prisma': `${oldClient}${postgresql}model User {\n  id BigInt @id @default(autoincrement()) @map("user number")\n  email String @unique @map("e mail")\n\n  @@map("app users")\n}\n`
    },
    insert: `INSERT INTO "app users" ("e mail") VALUES ('ada@example.com')`,
    client: 'client/index.js'
  },
  {
    title: 'a schema of PostgreSQL by name',
    on: 'PostgreSQL',
    schema: 'prisma/schema.prisma',
    files: {
      'prisma/schema.prisma': `${client}${postgresql.replace('}', '  schemas = ["auth", "public"]\n}')}model User {\n  id Int @id @default(autoincrement())\n  email String @unique\n\n  @@schema("auth")\n}\n`
    },
    insert: `INSERT INTO "auth"."User" ("email") VALUES ('ada@example.com')`,
    keysTable: '"auth"."api_keys"'
  },
  {
    title: 'another owner with a UUID under another name, beside a model ApiKey',
    on: 'PostgreSQL',
    schema: 'prisma/schema.prisma',
    files: {
      'prisma/schema.prisma': `${client}${postgresql}model Account {\n  accountId String @id @default(dbgenerated("gen_random_uuid()")) @map("no") @db.Uuid\n  email String @unique\n  keys ApiKey[]\n\n  @@map("accounts")\n}\nmodel ApiKey {\n  id Int @id\n  by Account @relation(fields: [byId], references: [accountId])\n  byId String @db.Uuid\n}\n`
    },
    init: ['--owner-model', 'Account', '--key-model', 'ApiToken'],
    insert: `INSERT INTO "accounts" ("email") VALUES ('ada@example.com')`,
    keysTable: '"api_tokens"'
  },
  {
    title: 'the same on SQLite, with a number',
    on: 'SQLite',
    schema: 'prisma/schema.prisma',
    files: {
      'prisma/schema.prisma': `${client}${sqlite}model Account {\n  no BigInt @id\n  isActive Boolean @default(true)\n  keys ApiKey[]\n}\nmodel ApiKey {\n  id Int @id\n  by Account @relation(fields: [byId], references: [no])\n  byId BigInt\n}\n`
    },
    init: ['--owner-model', 'Account', '--key-model', 'ApiToken'],
    insert: `INSERT INTO "Account" ("no", "isActive") VALUES (7, true)`,
    keysTable: '"api_tokens"'
  },
  ...(['SQLite', 'PostgreSQL'] as const).map((on) => ({
    title: 'no relation, beside a User',
    on,
    schema: 'prisma/schema.prisma',
    files: {
      'prisma/schema.prisma': `${client}${on === 'SQLite' ? sqlite : postgresql}model User {\n  id Int @id @default(autoincrement())\n  email String\n}\n`
    },
    init: ['--no-relation', '--owner-id-type', 'Int'],
    insert: `INSERT INTO "User" ("email") VALUES ('ada@example.com')`
  }))
]

describe.each(cases)(
  '$title, on $on',
  ({ on, files, schema, init = [], ownerColumns, insert, options = {}, ...given }) => {
    const { provider, fresh } = databases.find(({ name }) => name === on) as TestDatabase
    let folder: string
    let keys: ApiKeys
    let sql: Sql
    let url: string
    const closers: (() => Promise<unknown>)[] = []

    beforeAll(async () => {
      folder = prismaProject(files)
      url = await fresh()
      const migrations = join(folder, 'prisma/migrations')
      const [before, database] = [schemaText(folder, schema), { provider, url }]
      await createMigration(database, join(migrations, '20260101000000_app/migration.sql'), undefined, before)
      const { models } = await json<{ readonly models: object | null }>({ cwd: folder }, ['init', ...init])
      const after = schemaText(folder, schema)
      await createMigration(database, join(migrations, '20270101000000_keystile/migration.sql'), before, after)
      const columns = ownerColumns === undefined ? [] : ['--owner-columns', ownerColumns]
      await json({ cwd: folder }, ['triggers', '--append', ...columns])
      expect(await applyMigrations(database, migrations, after)).toHaveLength(2)
      await prismaCli(folder, ['generate'])
      const prisma = await openClient(join(folder, given.client ?? 'client/client.ts'), url)
      keys = createApiKeys({ prisma, feedUrl: url, ...(models && { models }), ...options })
      const connection = await connect(url)
      sql = connection.sql
      closers.push(() => keys.close(), connection.close)
      await sql(insert)
    }, 120_000)

    afterAll(async () => {
      for (const close of closers) await close()
    })

    test('a key gets in, is remembered, and a revocation by plain SQL spreads', { timeout: 60_000 }, async () => {
      await keys.ready()
      const { port } = await serve(
        express()
          .use(apiKeyAuth({ keys }))
          .get('/', (req, res) => void res.json({ id: String(req.owner?.id) }))
      )
      const table = /INSERT INTO (\S+|"[^"]+") \(/.exec(insert)?.[1]
      const [owner = {}] = await sql(`SELECT * FROM ${table}`)
      const id = Object.entries(owner).find(([name]) => ['id', 'no', 'user number'].includes(name))?.[1]
      const ownerId = (typeof id === 'bigint' ? Number(id) : id) as string | number
      const { token, apiKey } = await keys.create({ ownerId, name: 'laptop', scopes: ['reports:read'] })
      const ask = async () =>
        (await fetch(`http://127.0.0.1:${port}`, { headers: { Authorization: `Bearer ${token}` } })).status
      expect(await ask()).toBe(200)
      await until(async () => (await ask()) === 200 && keys.health().cache === 'fresh')
      const keysTable = given.keysTable ?? '"api_keys"'
      await sql(`UPDATE ${keysTable} SET "is_active" = false WHERE "id" = '${String(apiKey.id)}'`)
      await until(async () => (await ask()) === 401)
      expect(keys.health()).toMatchObject({ cache: 'fresh' })
    })

    test('running both commands again changes nothing', async () => {
      const names = readdirSync(join(folder, 'prisma'), { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.(prisma|sql)$/.test(name)
      )
      const texts = () => names.map((name) => read(folder, join('prisma', name)))
      const before = texts()
      expect(await json({ cwd: folder }, ['init', ...init])).toMatchObject({ changed: [] })
      const columns = ownerColumns === undefined ? [] : ['--owner-columns', ownerColumns]
      expect(await json({ cwd: folder }, ['triggers', '--append', ...columns])).toMatchObject({ appended: false })
      expect(texts()).toEqual(before)
    })
  }
)
