/** MySQL and others are refused when the app is built, in the words that docs/deploying.md shows. */
import { readFileSync, symlinkSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { apiKeyAuth, createApiKeys } from 'keystile'
import { describe, expect, test, vi } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { freshFolder, root, writeFiles } from '../helpers/built-package.js'
import { generateClient } from '../helpers/generated-client.js'
import { codeBlocks } from '../helpers/markdown.js'

const page = readFileSync(`${root}/docs/deploying.md`, 'utf8')
const shown =
  codeBlocks(page.slice(page.indexOf('## MySQL')))[0]
    ?.text.trimEnd()
    .split('\n') ?? []

function mistake(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
  throw new Error('nothing was thrown')
}

test('a DATABASE_URL of MySQL, without its password', () => {
  vi.stubEnv('DATABASE_URL', 'mysql://root:hunter2@localhost:3306/app')
  expect([mistake(() => createApiKeys()), mistake(() => apiKeyAuth())]).toEqual([shown[0], shown[0]])
  vi.unstubAllEnvs()
})

describe('a client that Prisma generated', () => {
  /** The client of keystile's own models for another database, never connected. */
  async function clientFor(provider: string, adapter: string): Promise<object> {
    const folder = freshFolder()
    symlinkSync(`${root}/node_modules`, `${folder}/node_modules`, 'dir')
    writeFiles(folder, { 'package.json': '{"type":"module"}' })
    const schema = schemaFor('sqlite').replace('"sqlite"', `"${provider}"`)
    // CockroachDB numbers rows in a wider type.
    await generateClient(folder, schema.replace(/\bInt( +@id @default\(auto)/, 'BigInt$1'))
    const { PrismaClient } = await import(pathToFileURL(`${folder}/client/client.ts`).href)
    const unused = { provider: adapter, adapterName: 'unused', connect: () => Promise.reject(new Error('not here')) }
    return new PrismaClient({ adapter: unused })
  }

  test('for MySQL', async () => {
    const prisma = await clientFor('mysql', 'mysql')
    expect(mistake(() => createApiKeys({ prisma }))).toBe(shown[1])
  })

  test.each([
    ['sqlserver', 'sqlserver'],
    ['cockroachdb', 'postgres']
  ])('for %s', async (provider, adapter) => {
    const prisma = await clientFor(provider, adapter)
    expect(mistake(() => createApiKeys({ prisma }))).toBe(shown[1]?.replace('mysql', provider))
  })
})
