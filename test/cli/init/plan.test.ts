/** What `keystile init` adds to a schema, and what it refuses. Whether Prisma takes the result: project.test.ts. */
import { describe, expect, test } from 'vitest'
import { filesAfter } from '../../../src/cli/init/candidate.js'
import { planInit } from '../../../src/cli/init/plan.js'
import { client, postgresql, sqlite } from '../../helpers/prisma-project.js'
import { addedLines, planned, projectOf } from './schemas.js'

const user = (id = 'id String @id', name = 'User') => `model ${name} {\n  ${id}\n  email String @unique\n}\n`
/** A line by its beginning, without its alignment. */
const lineWith = (text: string, start: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trim())
    .find((line) => line.startsWith(start))
const failure = (text: string, options: Parameters<typeof planned>[1] = {}) => {
  try {
    planned(text, options)
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('it was not refused')
}

describe('the type of the owner', () => {
  test.each([
    ['id String @id', 'userId String @map("user_id")', '[id]'],
    [
      'uid String @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid',
      'userId String @map("user_id") @db.Uuid',
      '[uid]'
    ],
    ['id String @id @db.VarChar(36)', 'userId String @map("user_id") @db.VarChar(36)', '[id]'],
    ['id Int @id @default(autoincrement())', 'userId Int @map("user_id")', '[id]'],
    ['number BigInt @default(autoincrement())\n\n  @@id([number])', 'userId BigInt @map("user_id")', '[number]']
  ])('%s', (id, userId, references) => {
    const { after } = planned(`${postgresql}model User {\n  email String @unique\n  ${id}\n}\n`)
    expect(lineWith(after, 'userId')).toBe(userId)
    expect(lineWith(after, 'user User')).toBe(
      `user User @relation(fields: [userId], references: ${references}, onDelete: Cascade)`
    )
  })

  test('native types are those of the datasource by its name', () => {
    const { after } = planned(`datasource main {\n  provider = "postgresql"\n}\n${user('id String @id @main.Uuid')}`)
    expect(lineWith(after, 'userId')).toBe('userId String @map("user_id") @main.Uuid')
    expect(lineWith(after, 'expiresAt')).toBe('expiresAt DateTime? @map("expires_at") @main.Timestamptz(3)')
  })

  test.each([
    ['of several fields', 'a Int\n  b Int\n\n  @@id([a, b])', /id of several fields \(a, b\).*--no-relation/],
    ['that is none', 'a Int @unique', /has no @id.*--no-relation/],
    ['of another type', 'at DateTime @id', /type DateTime.*String, Int and BigInt/]
  ])('an id %s is refused', (_, id, message) => {
    expect(failure(`${sqlite}${user(id)}`)).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(message)
    })
  })
})

describe('what does not change', () => {
  const odd = `// the app's { own }
/* model User {
   no } */
${client}${postgresql}
model  User  {   // owners
	id    String    @id @default("}{ // \\"")   // the id
	/// what they are called
	mail  String    @unique
	posts Post[]    @relation("a {")
	/* more
	   to come */

	@@index([mail], map: "x)")
	@@map("people")
}

enum Kind { // kinds
  A @map("a")
}
model Post { id Int @id
  by   User   @relation("a {", fields: [byId],
    references: [id])
  byId String
}`

  test('is everything but the new lines, comments and alignment too', () => {
    const { after } = planned(odd)
    const added = addedLines(odd, after)
    expect(added[0]).toBe('\tapiKeys ApiKey[]')
    expect(added.slice(1).join('\n')).toMatch(/^\n\/\/\/ A key: [\s\S]*\}\n$/)
    expect(after).toContain('posts Post[]    @relation("a {")\n\tapiKeys ApiKey[]\n\t/* more')
  })

  test('the new line is in line with those above it', () => {
    const { after } = planned(`${sqlite}model User {\n    id          Int    @id\n    description String // words\n}\n`)
    expect(after).toContain('    description String // words\n    apiKeys     ApiKey[]\n}')
  })

  test('a file with CRLF has no other line ends afterwards', () => {
    const { after } = planned(`${sqlite}${user()}`.replaceAll('\n', '\r\n'))
    expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(after).toContain('  apiKeys ApiKey[]\r\n}')
  })

  test('a field that spans lines stays whole', () => {
    const text = `${sqlite}model User {\n  id Int @id\n  name String @default(\n    "x"\n  )\n}\n`
    expect(planned(text).after).toContain('  )\n  apiKeys ApiKey[]\n}')
  })

  test('running it on what it made adds nothing', () => {
    for (const source of [sqlite, postgresql]) {
      const { after } = planned(`${source}${user()}`)
      expect(planned(after)).toMatchObject({ after, plan: { added: [], insertions: [] } })
    }
  })

  test('nor where the models have another name, or no relation', () => {
    const renamed = planned(`${sqlite}${user()}`, { keyModel: 'ApiToken' }).after
    expect(planned(renamed).after).toBe(renamed)
    const alone = planned(sqlite, { relation: false }).after
    expect(planned(alone).after).toBe(alone)
  })
})

describe('the models', () => {
  test('SQLite has the log of changes, PostgreSQL its own type of times', () => {
    expect(planned(`${sqlite}${user()}`).plan.added).toContain('KeystileChange')
    const { after, plan } = planned(`${postgresql}${user()}`)
    expect(plan.added).toEqual(['ApiKey', 'ApiKeyEvent', 'ApiKeyUsage', 'ApiKeyForm', 'ApiKeyFlush'])
    expect(after.match(/DateTime/g)).toHaveLength(after.match(/@db\.Timestamptz\(3\)/g)?.length ?? 0)
  })

  test('they come into a file of their own in a schema folder', () => {
    const project = projectOf({ 'prisma/base.prisma': postgresql, 'prisma/models/user.prisma': user() }, true)
    const files = filesAfter(project, planInit(project, { relation: true }))
    expect(files.map(({ name }) => name)).toEqual([
      'prisma/base.prisma',
      'prisma/models/user.prisma',
      'prisma/keystile.prisma'
    ])
    expect(files[0]?.text).toBe(postgresql)
    expect(files[1]?.text).toContain('  apiKeys ApiKey[]\n}')
    expect(files[2]?.text).toContain('model ApiKey {')
  })

  test('where the project names schemas of PostgreSQL, they are in that of the owner', () => {
    const text = `datasource db {\n  provider = "postgresql"\n  schemas = ["base", "auth"]\n}\n${user().replace('}', '\n  @@schema("auth")\n}')}`
    expect(planned(text).after.match(/@@schema\("auth"\)/g)).toHaveLength(6)
  })

  test('without a relation, owners are ids of the app', () => {
    const { after, plan } = planned(postgresql, { relation: false, ownerIdType: 'Uuid' })
    expect(lineWith(after, 'userId')).toBe('userId String @map("user_id") @db.Uuid')
    expect(after).not.toContain('@relation')
    expect(plan.owner).toBeUndefined()
  })

  test('a User that has a field apiKeys gets one of another name', () => {
    const text = `${sqlite}model User {\n  id Int @id\n  apiKeys String\n}\n`
    expect(planned(text).after).toContain('  keystileApiKeys ApiKey[]\n}')
  })

  test('one that is missing is added to those that are there', () => {
    const { after } = planned(`${sqlite}${user()}`)
    const older = after.replace(/\/\/\/ A form [\s\S]*?\n\}\n\n/, '')
    expect(planned(older).plan.added).toEqual(['ApiKeyForm'])
    expect(planned(older).after).toContain('model ApiKeyForm {')
  })

  test('a column that an older one lacks is named, and the file left to the app', () => {
    const older = planned(`${sqlite}${user()}`).after.replace(/ +rateLimit .*\n/, '')
    expect(failure(older)).toMatchObject({ code: 'conflict', message: expect.stringContaining('lacks rateLimit') })
  })

  test('where fields were renamed, it is told that the option models names them', () => {
    const { after } = planned(`${sqlite}${user()}`)
    for (const name of ['userId', 'keyHash', 'label']) {
      const from = name === 'label' ? 'name ' : `${name} `
      const renamed = after.replace(new RegExp(`(model ApiKey \\{[^}]*?\n  )${from}`), '$1renamed ')
      expect(renamed).not.toBe(after)
      expect(failure(renamed).message).toMatch(/Nothing was changed.*the option models of createApiKeys has to name/)
    }
  })
})

describe('the owner', () => {
  test('another model can be it', () => {
    const { after } = planned(`${sqlite}${user('id Int @id', 'Account')}`, { ownerModel: 'Account' })
    expect(lineWith(after, 'user Account')).toContain('references: [id]')
  })

  test.each<[string, string, Parameters<typeof planned>[1], RegExp]>([
    ['no User', `${sqlite}${user('id Int @id', 'Account')}`, {}, /no model User.*--owner-model.*there are Account/],
    ['no model at all', sqlite, {}, /no models yet.*--no-relation/],
    [
      'a misspelt one',
      `${sqlite}${user('id Int @id', 'Account')}`,
      { ownerModel: 'Acount' },
      /"Acount"; did you mean "Account"/
    ],
    ['two ways at once', `${sqlite}${user()}`, { ownerModel: 'User', relation: false }, /not both/],
    ['a type for a relation', `${sqlite}${user()}`, { ownerIdType: 'Int' }, /goes with --no-relation/],
    ['a bad name for keys', `${sqlite}${user()}`, { keyModel: 'api_token' }, /such as ApiToken/]
  ])('%s is refused, with the way out', (_, text, options, message) => {
    expect(failure(text, options).message).toMatch(message)
  })

  test('that keys have already can not be changed', () => {
    const { after } = planned(`${sqlite}${user()}${user('id Int @id', 'Account')}`)
    expect(failure(after, { ownerModel: 'Account' }).message).toMatch(/belongs to User already/)
    expect(failure(after, { keyModel: 'ApiToken' }).message).toMatch(/in this schema already: ApiKey/)
    expect(failure(after, { relation: false }).message).toMatch(/a relation to User already/)
  })
})

describe('names that the app has', () => {
  const theirs = 'model ApiKey {\n  id Int @id\n  hash String @unique\n}\n'

  test.each<[string, string, string]>([
    ['a model ApiKey', theirs, 'a model ApiKey that is not keystile'],
    ['a model ApiKeyUsage', theirs.replace('ApiKey', 'ApiKeyUsage'), 'a model ApiKeyUsage'],
    ['an enum ApiKeyForm', 'enum ApiKeyForm {\n  A\n}\n', 'an enum ApiKeyForm'],
    [
      'a table api_keys',
      theirs.replace('ApiKey', 'Secret').replace('}', '\n  @@map("api_keys")\n}'),
      'name in the database is api_keys'
    ],
    ['a table API_KEYS, on SQLite', theirs.replace('ApiKey', 'API_KEYS'), 'name in the database is API_KEYS']
  ])('%s is refused, with the way out', (_, block, message) => {
    const found = failure(`${sqlite}${user()}${block}`)
    expect(found).toMatchObject({ code: 'conflict', message: expect.stringContaining(message) })
    expect(found.message).toMatch(/schema\.prisma:\d+\).*Nothing was changed.*--key-model ApiToken.*keystile import/)
  })

  test('--key-model gives all models and tables another name', () => {
    const { after, plan } = planned(`${sqlite}${user()}${theirs}`, { keyModel: 'ApiToken' })
    expect(plan.added).toEqual([
      'ApiToken',
      'ApiTokenEvent',
      'ApiTokenUsage',
      'ApiTokenForm',
      'ApiTokenFlush',
      'KeystileChange'
    ])
    expect(after).toContain('  apiTokens ApiToken[]\n}')
    expect([...after.matchAll(/@@map\("(\w+)"\)/g)].map(([, table]) => table)).toEqual([
      'api_tokens',
      'api_token_events',
      'api_token_usage',
      'api_token_forms',
      'api_token_flushes',
      'keystile_changes'
    ])
  })
})

test.each(['mysql', 'sqlserver', 'mongodb', 'cockroachdb'])('a schema for %s is refused', (provider) => {
  const message = failure(`datasource db {\n  provider = "${provider}"\n}\n${user()}`).message
  expect(message).toContain(`This schema is for ${provider}; keystile works with SQLite and PostgreSQL`)
})
