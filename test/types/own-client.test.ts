/** The types that an app's own Prisma client leads to, of two compilers and both of Prisma's generators. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { compile, compilers, typesProject, writeFiles } from '../helpers/built-package.js'
import { generateClient } from '../helpers/generated-client.js'
import { isLong } from '../helpers/rounds.js'

const own = schemaFor('postgresql')
  .replace(/(model User \{\s+id +)String( +@id) .*/, '$1Int$2 @default(autoincrement())')
  .replace(/(userId +)String/, '$1Int')
  .replace(/isActive +Boolean +@default\(true\) @map\("is_active"\)\n/, 'plan Plan\n  password String\n')
  .concat('\nenum Plan {\n  free\n  pro\n}\n')

const fixture = readFileSync(new URL('own-client.mts', import.meta.url), 'utf8')

// Generating clients takes seconds.
describe.runIf(isLong)('with an own client', { timeout: 120_000 }, async () => {
  const project = isLong ? typesProject('@types/express', ['@prisma/client']) : ''

  test('its clients are generated', async () => {
    await generateClient(project, own)
    await generateClient(project, own.replace(/ +hashAlg .*\n/, ''), 'without-column')
    await generateClient(project, own.replace(/model ApiKeyUsage \{[^}]*\}/, ''), 'without-model')
    await generateClient(
      project,
      own.replace(/provider +=.*"prisma-client"[^}]*\}/, 'provider = "prisma-client-js"\n  output = ""\n}'),
      'client-js'
    )
    writeFiles(project, { 'app.mts': fixture })
  })

  test.each(compilers)('an app compiles with $compiler, and its mistakes are found', async ({ folder }) => {
    expect(await compile(project, folder, { skipLibCheck: true })).toBe('')
  })

  test.each(compilers)('what is missing is one error of $compiler, which names it', async ({ folder }) => {
    const text = fixture.replaceAll(/^\/\/ @ts-expect-error the (column|model).*\n/gm, '')
    writeFiles(project, { 'app.mts': text })
    const errors = (await compile(project, folder, { skipLibCheck: true }))
      .split('\n')
      .filter((line) => line.startsWith('app.mts'))
    expect(errors).toHaveLength(2)
    expect(errors[0]).toContain('the column hashAlg of ApiKey')
    expect(errors[1]).toContain('the model ApiKeyUsage')
  })
})
