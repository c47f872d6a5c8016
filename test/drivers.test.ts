/** Drivers are loaded where they are used, and where one is not installed, an error says what to do. */
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { linkedProject, projectWith, root, writeFiles } from './helpers/built-package.js'
import { freshPostgres, freshSqlite } from './helpers/databases.js'
import { loadedFiles, printBinaries } from './helpers/loaded-files.js'
import { migrate } from './helpers/migrate.js'
import { run } from './helpers/programs.js'

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as Record<
  'dependencies' | 'optionalDependencies',
  Record<string, string>
>

describe('of a process', { timeout: 60_000 }, () => {
  const project = linkedProject(['tsx', '@prisma/adapter-pg', '@prisma/adapter-libsql'])
  const useKeys = `
    const owner = await prisma.user.create({ data: { email: 'ada@example.com' } })
    const { token } = await keys.create({ ownerId: owner.id, name: 'laptop' })
    await keys.verify(token)
    await keys.close()
    await prisma.$disconnect()
    ${printBinaries}`

  const generated = (provider: string) => pathToFileURL(`${root}/src/generated/${provider}/client.ts`).href
  const loadedBy = (name: string, text: string) => {
    writeFiles(project, { [name]: text })
    return loadedFiles(project, ['--import', 'tsx', name])
  }

  test('with a Prisma client of its own on PostgreSQL, no SQLite driver and no second client are loaded', async () => {
    const url = await freshPostgres()
    await migrate(url)
    const loaded = await loadedBy(
      'postgresql.mts',
      `import { PrismaPg } from '@prisma/adapter-pg'
      import { createApiKeys } from 'keystile'
      import { PrismaClient } from '${generated('postgresql')}'
      const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: '${url}' }) })
      const keys = createApiKeys({ prisma, feedUrl: '${url}' })
      ${useKeys}`
    )
    expect(loaded.filter((path) => /\/dist\/index\.js$/.test(path))).not.toEqual([])
    expect(loaded.filter((path) => /\/node_modules\/(@libsql|libsql|@prisma\/adapter-libsql)\//.test(path))).toEqual([])
    expect(loaded.filter((path) => path.includes('/dist/generated/'))).toEqual([])
  })

  test('with a Prisma client of its own on SQLite, neither pg nor a second client is loaded', async () => {
    const url = await freshSqlite()
    await migrate(url)
    const loaded = await loadedBy(
      'sqlite.mts',
      `import { PrismaLibSql } from '@prisma/adapter-libsql'
      import { createApiKeys } from 'keystile'
      import { PrismaClient } from '${generated('sqlite')}'
      const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: '${url}' }) })
      const keys = createApiKeys({ prisma, feedUrl: '${url}' })
      ${useKeys}`
    )
    expect(loaded.filter((path) => /@libsql\/[^/]+\/index\.node$/.test(path))).not.toEqual([])
    expect(loaded.filter((path) => /\/node_modules\/(pg|@prisma\/adapter-pg)\//.test(path))).toEqual([])
    expect(loaded.filter((path) => path.includes('/dist/generated/'))).toEqual([])
  })

  test("with both, a Prisma client of its own and keystile's, each works and its errors are understood", async () => {
    const url = await freshSqlite()
    await migrate(url)
    writeFiles(project, {
      'both.mts': `import { PrismaLibSql } from '@prisma/adapter-libsql'
        import { createApiKeys } from 'keystile'
        import { PrismaClient } from '${generated('sqlite')}'
        const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: '${url}' }) })
        const own = createApiKeys({ prisma })
        const embedded = createApiKeys({ url: 'file:./both.db' })
        await prisma.user.create({ data: { email: 'ada@example.com' } })
        for (const keys of [own, embedded, own]) {
          if (keys === embedded) await keys.ensureOwner({ email: 'ada@example.com' })
          const owner = await keys.findOwner('ada@example.com')
          const { token } = await keys.create({ ownerId: owner.id, name: 'laptop' })
          console.log((await keys.verify(token)).apiKey.name)
          await keys.create({ ownerId: 'nobody', name: 'laptop' }).catch(({ code }) => console.log(code))
          await keys.create({ ownerId: 5, name: 'laptop' }).catch(({ code }) => console.log(code))
        }
        await Promise.all([own.close(), embedded.close(), prisma.$disconnect()])`
    })
    const { stdout, stderr } = await run('node', ['--import', 'tsx', 'both.mts'], { cwd: project })
    expect(stderr).toBe('')
    expect(stdout).toBe('laptop\nowner_not_found\ninvalid_argument\n'.repeat(3))
  })

  test('that imports keystile and makes keys, nothing of a database is loaded', async () => {
    const loaded = await loadedBy(
      'idle.mts',
      `import { apiKeyAuth, createApiKeys } from 'keystile'
      apiKeyAuth({ keys: createApiKeys({ url: 'file:./never.db' }) })
      ${printBinaries}`
    )
    expect(
      loaded.filter((path) => /\/node_modules\/(@prisma|@libsql|libsql|pg)\b|\/dist\/generated\//.test(path))
    ).toEqual([])
  })
})

describe('that is not installed', { timeout: 60_000 }, () => {
  const project = projectWith(Object.keys(dependencies))
  const openedBy = async (url: string) => {
    writeFiles(project, {
      'open.mjs': `import { createApiKeys } from 'keystile'
        await createApiKeys({ url: process.argv[2] }).ready().catch(({ code, message }) => console.log(code, message))`
    })
    const { stdout, stderr } = await run('node', ['open.mjs', url], { cwd: project })
    return { stdout, stderr }
  }
  const version = (name: string) => `${name}@${optionalDependencies[name]}`

  test('the one for SQLite is named, with the versions to install', async () => {
    const { stdout, stderr } = await openedBy('file:./some.db')
    expect(stdout).toMatch(/^misconfigured The driver for SQLite is not installed: there is no package /)
    expect(stdout).toContain(`npm i ${['libsql', '@libsql/client'].map(version).join(' ')}\n`)
    expect(stderr).toContain('KeystileWarning: The driver for SQLite is not installed')
    expect(existsSync(`${project}/some.db`)).toBe(false)
  })

  test('the one for PostgreSQL is, too', async () => {
    const { stdout } = await openedBy('postgresql://ada:hunter2@127.0.0.1:1/none')
    expect(stdout).toMatch(/^misconfigured The driver for PostgreSQL is not installed: there is no package/)
    expect(stdout).toContain(`npm i ${['pg', '@prisma/adapter-pg'].map(version).join(' ')}\n`)
    expect(stdout).not.toContain('hunter2')
  })

  test('the command line says so, and so does doctor', async () => {
    const keystile = (...args: string[]) =>
      run('node', ['node_modules/keystile/dist/cli/main.js', ...args], {
        cwd: project,
        env: { DATABASE_URL: 'postgresql://ada:hunter2@127.0.0.1:1/none' }
      })
    const created = await keystile('create', '--owner', 'ada@example.com', '--name', 'laptop')
    expect(created).toMatchObject({ exitCode: 1, stdout: '' })
    expect(created.stderr).toContain('The driver for PostgreSQL is not installed')
    const examined = await keystile('doctor')
    expect(examined.exitCode).toBe(1)
    expect(examined.stdout).toMatch(
      /^fail +database: The driver for PostgreSQL is not installed.*\n +-> Install the packages/m
    )
  })
})
