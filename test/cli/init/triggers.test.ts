/** Which tables and columns `keystile triggers` watches, and into which migration they come. End to end: end-to-end.test.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { triggersSql } from '../../../src/change-feed/triggers.js'
import { ownTables } from '../../../src/change-feed/watched.js'
import { watchedByKeys } from '../../../src/cli/init/configured-tables.js'
import { migrationFor } from '../../../src/cli/init/migration-folder.js'
import { watchedTables } from '../../../src/cli/init/watched-tables.js'
import { freshFolder, writeFiles } from '../../helpers/built-package.js'
import { postgresql, sqlite } from '../../helpers/prisma-project.js'
import { userClients } from '../../helpers/stores.js'
import { planned, projectOf } from './schemas.js'

const owner = `model User {
  uid      Int      @id @map("user_no")
  email    String   @unique @map("e_mail")
  name     String?
  isActive Boolean  @default(true) @map("active")
  role     Role     @map("role_name")
  nick     String   @unique
  password String
  left     String   @ignore
  posts    Post[]
  teamId   Int?
  team     Team?    @relation(fields: [teamId], references: [id])

  @@map("people")
}
model Post { id Int @id
  by User @relation(fields: [byId], references: [uid])
  byId Int
}
model Team { id Int @id
  users User[]
}
enum Role { admin
  member
}
`

const watched = (text: string, ownerColumns?: string[]) =>
  watchedTables(projectOf({ 'schema.prisma': text }).blocks, ownerColumns).tables

describe('what is watched', () => {
  const { after } = planned(`${sqlite}${owner}`)

  test('is what the schema calls it in the database', () => {
    const tables = watched(after.replace('@map("key_hash")', '@map("hashed")'))
    expect(tables).toMatchObject({ keys: 'api_keys', keyId: 'id', owners: 'people', ownerId: 'user_no' })
    expect(tables.keyColumns).toContain('hashed')
    expect(tables.keyColumns).not.toContain('usage_count')
    expect(tables.uniqueKeyColumns).toEqual(['hashed', 'rotated_from_id'])
  })

  test('of owners, is what an app sees by default', () => {
    const { ownerColumns, uniqueOwnerColumns } = watched(after)
    expect(ownerColumns).toEqual(['user_no', 'e_mail', 'name', 'active'])
    expect(uniqueOwnerColumns).toEqual(['e_mail', 'nick'])
  })

  test('or what the app names, with the id and whether it is active', () => {
    expect(watched(after, ['role', 'teamId']).ownerColumns).toEqual(['user_no', 'role_name', 'teamId', 'active'])
  })

  test("an owner can be replaced by every value that is one owner's alone, but for its id", () => {
    const { after } = planned(
      `${sqlite}model User {\n  id Int @id\n  a Int\n  b Int @map("bb")\n  c Int\n  d Int @unique\n\n  @@unique([a, c])\n  @@unique([b(sort: Desc)])\n}\n`
    )
    expect(watched(after).uniqueOwnerColumns).toEqual(['bb', 'd'])
  })

  test.each(userClients)('is what the client says too: $name', ({ make, provider }) => {
    const url = provider === 'sqlite' ? 'file:/nowhere/at-all.db' : 'postgresql://root@127.0.0.1:1/app'
    const keys = createApiKeys({ prisma: make(url) })
    const own = watched(readFileSync(new URL(`../../../prisma/${provider}/schema.prisma`, import.meta.url), 'utf8'))
    expect(watchedByKeys(keys)).toEqual({ tables: own, databaseSchema: undefined })
    expect(own).toEqual(ownTables)
  })

  test.each(['posts', 'team', 'left', 'rol'])('a field that is no column is refused: %s', (name) => {
    expect(() => watched(after, [name])).toThrow(/--owner-columns: the model User has no column/)
  })

  test.each(['sqlite', 'postgresql'] as const)('without a relation, nothing of owners, on %s', (provider) => {
    const alone = planned(provider === 'sqlite' ? sqlite : postgresql, { relation: false }).after
    expect(watched(alone).owners).toBeNull()
    expect(triggersSql(provider, watched(alone))).not.toContain('owner')
    expect(() => watched(alone, ['email'])).toThrow(/no relation to a model of owners/)
  })

  test('the schema of PostgreSQL is that of the keys', () => {
    const text = `${postgresql.replace('}', '  schemas = ["auth"]\n}')}model User {\n  id Int @id\n\n  @@schema("auth")\n}\n`
    const { blocks } = projectOf({ 'schema.prisma': planned(text).after })
    expect(watchedTables(blocks, undefined).databaseSchema).toBe('auth')
  })

  test('a schema without the models is told of init', () => {
    expect(() => watched(`${sqlite}${owner}`)).toThrow(/npx keystile init/)
  })
})

describe('the migration', () => {
  const tables = watched(planned(`${sqlite}${owner}`).after)
  const keys = 'CREATE TABLE "api_keys" ();'
  const other = 'CREATE TABLE "api_keys_old" (); CREATE TABLE "Post" ();'

  function chosen(migrations: Readonly<Record<string, string>>, wanted?: string): string {
    const folder = freshFolder()
    writeFiles(
      folder,
      Object.fromEntries(Object.entries(migrations).map(([name, sql]) => [join(name, 'migration.sql'), sql]))
    )
    return migrationFor({ folder, wanted, tables, place: '' }).name
  }

  test.each([
    ['makes the table of keys', { '1_app': other, '2_keys': keys }],
    ['makes it in a schema of its own', { '1_app': other, '2_keys': 'CREATE TABLE "auth"."api_keys" ();' }],
    ['is empty, after that', { '1_keys': keys, '2_triggers': '-- This is an empty migration.\n' }],
    ['makes the table of keys anew', { '1_keys': keys, '2_again': 'ALTER TABLE "new_api_keys" RENAME TO "api_keys";' }],
    ['makes the table of owners anew', { '1_keys': keys, '2_again': 'ALTER TABLE "new_people" RENAME TO "people";' }]
  ])('is the newest one where it %s', (_, migrations) => {
    expect(chosen(migrations)).toBe(Object.keys(migrations)[1])
  })

  test('can be named, by its name or its path', () => {
    expect(chosen({ '1_keys': keys, '2_more': other }, '1_keys')).toBe('1_keys')
    expect(chosen({ '1_keys': keys, '2_more': other }, '2_more')).toBe('2_more')
  })

  test.each<[string, Record<string, string>, string | undefined, RegExp]>([
    ['there is none', {}, undefined, /no migrations in .*--create-only --name keystile$/],
    ['none makes the table', { '1_app': other }, undefined, /No migration .* makes the table api_keys yet/],
    [
      'only an older one makes it',
      { '1_keys': keys, '2_more': other },
      undefined,
      /2_more does not make .*; 1_keys does.*--create-only --name keystile_triggers/
    ],
    ['the named one is not there', { '1_keys': keys }, 'gone', /no migration gone/],
    [
      'the named one comes before the table',
      { '1_app': other, '2_keys': keys },
      '1_app',
      /1_app does not make the table/
    ]
  ])('is refused where %s', (_, migrations, wanted, message) => {
    expect(() => chosen(migrations, wanted)).toThrow(message)
  })
})
