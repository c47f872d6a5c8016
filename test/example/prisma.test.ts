/** The example's schema and migrations are what its models, and keystile's, make. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ofExample, schemaFor } from '../../scripts/prisma.js'
import { triggersSql } from '../../src/change-feed/triggers.js'
import { ownTables } from '../../src/change-feed/watched.js'
import { root } from '../helpers/built-package.js'

const source = (path: string) => readFileSync(join(root, path), 'utf8')
const model = (name: string, text: string) => new RegExp(`^model ${name} \\{\\n[^}]*\\}`, 'm').exec(text)?.[0]

describe.each(['sqlite', 'postgresql'] as const)('%s', (provider) => {
  test('the committed schema is what the models make', () => {
    expect(source(`example-app/prisma/${provider}/schema.prisma`)).toBe(schemaFor(provider, ofExample))
  })

  test('a migration makes the triggers of the change feed', () => {
    const folder = `example-app/prisma/${provider}/migrations`
    const scripts = readdirSync(join(root, folder)).filter((name) => name.endsWith('_change_feed'))
    expect(scripts.map((name) => source(`${folder}/${name}/migration.sql`)).join('')).toContain(
      triggersSql(provider, ownTables)
    )
  })
})

test.each(['ApiKey', 'ApiKeyEvent', 'ApiKeyUsage', 'ApiKeyForm', 'ApiKeyFlush', 'KeystileChange'])(
  '%s is as keystile has it',
  (name) => {
    expect(model(name, source('prisma/models.prisma'))).toBeDefined()
    expect(model(name, source('example-app/prisma/models.prisma'))).toBe(model(name, source('prisma/models.prisma')))
  }
)
