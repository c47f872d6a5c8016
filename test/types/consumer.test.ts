/** The package's types as a user's compiler sees them: two compilers, the types of both versions of Express. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile, compilers, compilerVersion, typesProject, writeFiles } from '../helpers/built-package.js'
import { isLong } from '../helpers/rounds.js'

const fixture = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const consumer = { 'app.mts': fixture('consumer.mts'), 'app.cts': fixture('consumer.cts') }
const typesOfExpress = [
  { express: 'Express 5', types: '@types/express' },
  { express: 'Express 4', types: '@types/express4' }
]

describe.each(compilers)('with $compiler', { timeout: 120_000 }, ({ compiler, folder }) => {
  test('a scope that is not in the registered catalogue is an error', async () => {
    const project = typesProject('@types/express')
    writeFiles(project, { 'app.mts': fixture('registered.mts') })
    expect(await compile(project, folder, { skipLibCheck: false })).toBe('')
  })

  test('it is that version', () => {
    expect(`TypeScript ${compilerVersion(folder)}`).toContain(`${compiler}.`)
  })

  describe.each(isLong ? typesOfExpress : typesOfExpress.slice(0, 1))('and the types of $express', ({ types }) => {
    test('a strict app compiles, its mistakes are found, and no declaration of a library is skipped', async () => {
      const project = typesProject(types)
      writeFiles(project, consumer)
      expect(await compile(project, folder, { skipLibCheck: false })).toBe('')
    })
  })
})

test('a mistake in a consumer is an error here', async () => {
  const project = typesProject('@types/express')
  writeFiles(project, { 'app.mts': "import { apiKeyAuth } from 'keystile'\napiKeyAuth({ optoinal: true })\n" })
  expect(await compile(project, 'typescript')).toMatch(/app\.mts\(2,14\).*'optoinal' does not exist/)
})
