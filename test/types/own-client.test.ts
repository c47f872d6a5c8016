/** The types that an app's own Prisma client leads to, of two compilers and both of Prisma's generators. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { compile, compilers, typesProject, writeFiles } from '../helpers/built-package.js'
import { generateClient } from '../helpers/generated-client.js'
import { renamedModels, renamedSchema } from '../helpers/renamed-schema.js'
import { isLong } from '../helpers/rounds.js'

const own = schemaFor('postgresql')
  .replace(/(model User \{\s+id +)String( +@id) .*/, '$1Int$2 @default(autoincrement())')
  .replace(/(userId +)String/, '$1Int')
  .replace(/isActive +Boolean +@default\(true\) @map\("is_active"\)\n/, 'plan Plan\n  password String\n')
  .concat('\nenum Plan {\n  free\n  pro\n}\n')

/** With some names of its own: the owner, its id, the relation, and a column of keys. */
const account = own
  .replace(/\bUser\b/g, 'Account')
  .replace(/(model Account \{\s+)id /, '$1uuid ')
  .replace('references: [id]', 'references: [uuid]')
  .replace(/\buserId\b/g, 'accountId')
  .replace(/ user +Account/, ' account Account')
  .replace(/\bkeyHash\b/g, 'hashed')

const ownerless = own.replace(/ +user +User .*\n/, '').replace(/ +apiKeys +ApiKey\[\]\n/, '')

/** Without the relation, and a column of each model beside that of keys. */
const withoutParts = ownerless
  .replace(/^ +(actor|denied|shownLength|seq) .*\n/gm, '')
  .replace(/^ +@@unique\(\[prefix.*\n/m, '')

const ofEveryPart =
  'the column actor of ApiKeyEvent, the column denied of ApiKeyUsage, the column seq of ApiKeyFlush, the column shownLength of ApiKeyForm, the relation user of ApiKey'

const ofOlderGenerator = (schema: string) =>
  schema.replace(/provider +=.*"prisma-client"[^}]*\}/, 'provider = "prisma-client-js"\n  output = ""\n}')

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const fixtures = { 'app.mts': read('own-client.mts'), 'mapped.mts': read('mapped-client.mts') }

// Generating clients takes seconds.
describe.runIf(isLong)('with an own client', { timeout: 120_000 }, async () => {
  const project = isLong ? typesProject('@types/express', ['@prisma/client']) : ''

  test('its clients are generated', async () => {
    await generateClient(project, own)
    await generateClient(project, own.replace(/^ +hashAlg +String\?.*\n/m, ''), 'without-column')
    await generateClient(project, own.replace(/model ApiKeyUsage \{[^}]*\}/, ''), 'without-model')
    await generateClient(project, withoutParts, 'without-parts')
    await generateClient(project, ofOlderGenerator(own), 'client-js')
    await generateClient(project, ofOlderGenerator(withoutParts), 'client-js-without-parts')
    await generateClient(project, account, 'account')
    await generateClient(project, renamedSchema(own.replace(/( +)plan Plan\n/, '$&$1isActive Boolean\n')), 'renamed')
    await generateClient(project, ownerless, 'ownerless')
    const models = `export const renamedModels = ${JSON.stringify(renamedModels)} as const\n`
    writeFiles(project, { ...fixtures, 'renamed-models.mts': models })
  })

  test.each(compilers)('an app compiles with $compiler, and its mistakes are found', async ({ folder }) => {
    expect(await compile(project, folder, { skipLibCheck: true })).toBe('')
  })

  test.each(compilers)('what is missing is one error of $compiler, which names it', async ({ folder }) => {
    const bare = Object.entries(fixtures).map(([name, text]) => [
      name,
      text.replaceAll(/^\/\/ @ts-expect-error the (columns?|model|relation).*\n/gm, '')
    ])
    writeFiles(project, Object.fromEntries(bare))
    const errors = (await compile(project, folder, { skipLibCheck: true })).split('\n')
    writeFiles(project, fixtures)
    const lacking = errors.flatMap((line) => /^\w+\.mts.*?Lacks<"(.*?)">/.exec(line)?.[1] ?? [])
    expect(lacking.map((text) => text.split('" | "').sort().join(', '))).toEqual([
      'the column plna of the owner',
      'the column apiKeys of the owner',
      'the column hashAlg of ApiKey',
      'the model ApiKeyUsage',
      ofEveryPart,
      'the column plna of the owner',
      'the model Usr',
      ofEveryPart,
      'the column emial of the owner',
      'the column id of Account, the column keyHash of ApiKey',
      'the column hsahed of ApiKey',
      'the model Token',
      'the model Acount',
      'the column uid of Account',
      'the column mail of Account',
      'the relation user of ApiKey'
    ])
    expect(errors.filter((line) => /^\w+\.mts/.test(line))).toHaveLength(lacking.length)
  })
})
