/** What an app does not use is not loaded, so that it starts soon. */
import { describe, expect, test } from 'vitest'
import { linkedProject, writeFiles } from './helpers/built-package.js'
import { freshPostgres, freshSqlite } from './helpers/databases.js'
import { loadedFiles, printBinaries } from './helpers/loaded-files.js'
import { migrate } from './helpers/migrate.js'

// Not on Express, which has body-parser of its own.
const app = `import { createServer } from 'node:http'
  import { apiKeyAuth, createApiKeys, requireScopes } from 'keystile'
  const keys = createApiKeys({ url: process.argv[2] })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  const { token } = await keys.create({ ownerId: owner.id, name: 'laptop', scopes: ['reports:read'] })
  const auth = apiKeyAuth({ keys })
  const guard = requireScopes('reports:read')
  const server = createServer((req, res) => auth(req, res, () => guard(req, res, () => res.end('reports'))))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const headers = { Authorization: 'Bearer ' + token }
  const answer = await fetch('http://127.0.0.1:' + server.address().port, { headers })
  if ((await answer.text()) !== 'reports') throw new Error('refused')
  await keys.close()
  server.close()
  server.closeAllConnections()
  ${printBinaries}`

const packagesIn = (files: readonly string[]) => [
  ...new Set(files.flatMap((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))
]

describe('by an app that answers requests with keys', { timeout: 60_000 }, () => {
  const loadedOn = async (fresh: () => Promise<string>) => {
    const url = await fresh()
    await migrate(url)
    const project = linkedProject()
    writeFiles(project, { 'app.mjs': app })
    return packagesIn(await loadedFiles(project, ['app.mjs', url]))
  }
  const ofRouters = ['zod', 'body-parser']

  test('on SQLite, nothing is loaded that routers take, and no client for servers of libsql', async () => {
    const packages = await loadedOn(freshSqlite)
    expect(packages).toEqual(expect.arrayContaining(['lru-cache', 'libsql', '@libsql/client']))
    const forServers = ['@libsql/hrana-client', '@libsql/isomorphic-ws', 'ws', '@prisma/adapter-libsql']
    expect(packages.filter((name) => [...ofRouters, ...forServers].includes(name))).toEqual([])
  })

  test('on PostgreSQL, nothing is loaded that routers take', async () => {
    const packages = await loadedOn(freshPostgres)
    expect(packages).toEqual(expect.arrayContaining(['lru-cache', 'pg']))
    expect(packages.filter((name) => ofRouters.includes(name))).toEqual([])
  })
})

test('with the first router, what it takes is loaded before a request comes', { timeout: 60_000 }, async () => {
  const project = linkedProject()
  writeFiles(project, {
    'router.mjs': `import { apiKeyRouter, createApiKeys } from 'keystile'
      apiKeyRouter({ keys: createApiKeys({ url: 'file:./never.db' }), actor: () => null })
      ${printBinaries}`
  })
  expect(packagesIn(await loadedFiles(project, ['router.mjs']))).toEqual(expect.arrayContaining(['zod', 'body-parser']))
})
