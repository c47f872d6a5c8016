/** The packaged migrations make just the triggers that the code asks for. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { triggersSql } from '../../src/change-feed/triggers.js'
import { ownTables } from '../../src/change-feed/watched.js'
import { packagedMigrations, projectRoot } from '../helpers/prisma-migrate.js'

const createLog = `-- CreateTable
CREATE TABLE "keystile_changes" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "payload" TEXT NOT NULL
);

`

/** The columns that a model's scalar fields have in the database. */
function columnsOf(model: string): string[] {
  const [, body = ''] = new RegExp(`model ${model} \\{\\n([^}]*)\\}`).exec(schemaFor('sqlite')) ?? []
  const fields = body.split('\n').filter((line) => /^ +\w+ +(String|Boolean|DateTime|BigInt|Int)\b/.test(line))
  return fields.map((line) => /@map\("(\w+)"\)/.exec(line)?.[1] ?? line.trim().split(' ')[0] ?? '')
}

describe.each([
  ['sqlite', createLog],
  ['postgresql', '']
] as const)('%s', (provider, before) => {
  test('the packaged migration is what the generator makes of our own tables', () => {
    const found = packagedMigrations(provider).find(({ name }) => name.endsWith('_change_feed'))
    expect(found?.sql).toBe(
      `${before}-- Triggers, as src/change-feed/triggers.ts makes them.\n${triggersSql(provider, ownTables)}\n` +
        'UPDATE "keystile_schema" SET "version" = 2 WHERE "id" = 1;\n'
    )
  })
})

test('of keys, all columns but those of usage and updated_at are watched', () => {
  const silent = ['last_used_at', 'last_used_ip', 'usage_count', 'updated_at']
  expect(columnsOf('ApiKey').length).toBeGreaterThan(15)
  expect(ownTables.keyColumns).toEqual(columnsOf('ApiKey').filter((column) => !silent.includes(column)))
})

test('of owners, the columns are watched that are read', () => {
  expect(columnsOf('User')).toEqual(expect.arrayContaining([...ownTables.ownerColumns]))
  expect(ownTables.ownerColumns).toEqual(['id', 'email', 'name', 'is_active'])
})

test('the code and the migration are of one version', () => {
  const code = readFileSync(join(projectRoot, 'src/database/migrations.ts'), 'utf8')
  expect(code).toContain('const schemaVersion = 3\n')
})

test('names are quoted', () => {
  const tables = { ...ownTables, keys: 'My "Keys"', owners: 'People', ownerId: 'Person ID' }
  expect(triggersSql('postgresql', tables)).toContain('ON "My ""Keys""" FOR EACH ROW')
  expect(triggersSql('sqlite', tables)).toContain('OLD."Person ID"')
})
