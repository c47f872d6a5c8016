/** The package beside a Prisma client of the app's own, without the optional drivers; in strict TypeScript. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { compile, compilers, root, writeFiles } from '../helpers/built-package.js'
import { freshPostgres, freshSqlite } from '../helpers/databases.js'
import { generateClient } from '../helpers/generated-client.js'
import { migrate } from '../helpers/migrate.js'
import { run } from '../helpers/programs.js'
import { esmApp, expectItWorks } from './apps.js'
import { npmProject, pinned, sizeOf } from './projects.js'

const common = ['express', '@types/express', '@types/node', '@prisma/client'].map(pinned)
/** Those of libsql that are installed here, as a project would name its own. */
const binaries = readdirSync(join(root, 'node_modules/@libsql'))
  .filter((name) => /^(linux|darwin|win32)-/.test(name))
  .map((name) => pinned('libsql').replace('libsql', `@libsql/${name}`))

const withoutOptional = ['--omit=optional']

const ownKeys = (adapter: string, feedUrl: string) => `${adapter}
import { createApiKeys } from 'keystile'
import { PrismaClient } from './client/client.js'

export const prisma = new PrismaClient({ adapter })
export const keys = createApiKeys({ prisma, feedUrl: ${JSON.stringify(feedUrl)} })

declare module 'keystile' {
  interface Register {
    keys: typeof keys
  }
}
`

const app = esmApp(
  {
    auth: "import { keys, prisma } from './keys.js'\nconst auth = apiKeyAuth({ keys })",
    ownerId: "(await prisma.user.findUniqueOrThrow({ where: { email: 'ada@example.com' } })).id"
  },
  `process.once('SIGTERM', () => server.close(async () => {
  console.log(JSON.stringify(keys.health()))
  await keys.close()
  await prisma.$disconnect()
}))
`
)

/** Makes the database, with the two owners that an app would have. */
async function withOwners(url: string): Promise<string> {
  await migrate(url)
  const keys = createApiKeys({ url })
  for (const name of ['ada', 'bob']) await keys.ensureOwner({ email: `${name}@example.com` })
  await keys.close()
  return url
}

describe.each([
  {
    database: 'PostgreSQL',
    provider: 'postgresql',
    drivers: [pinned('@prisma/adapter-pg')],
    fresh: freshPostgres,
    adapter: (url: string) => `import { PrismaPg } from '@prisma/adapter-pg'
const adapter = new PrismaPg({ connectionString: '${url}' })`
  },
  {
    database: 'SQLite',
    provider: 'sqlite',
    // The binary of libsql for this machine is an optional package too.
    drivers: [pinned('@prisma/adapter-libsql'), ...binaries],
    fresh: freshSqlite,
    adapter: (url: string) => `import { PrismaLibSql } from '@prisma/adapter-libsql'
const adapter = new PrismaLibSql({ url: '${url}' })`
  }
] as const)('with --omit=optional and an own client on $database', { timeout: 240_000 }, (own) => {
  const files = { 'keystile.config.ts': "export { keys as default } from './keys.js'\n", 'app.ts': app }
  let folder = ''

  test('it is installed with the drivers of the app alone', async () => {
    folder = await npmProject([...common, ...own.drivers], withoutOptional)
    const { megabytes, packages } = sizeOf(folder)
    const drivers = ['pg', 'libsql', '@libsql/client'].filter((name) => existsSync(join(folder, 'node_modules', name)))
    expect(drivers).toEqual(own.provider === 'sqlite' ? ['libsql', '@libsql/client'] : ['pg'])
    console.log(
      `With --omit=optional, an own client on ${own.database}, its types and Express: ${megabytes} MB, ${packages} packages.`
    )
  })

  test.each(compilers)('it compiles with $compiler, all declarations included', async ({ folder: compiler }) => {
    if (compiler === compilers[0].folder) {
      const url = await withOwners(await own.fresh())
      writeFiles(folder, { ...files, 'keys.ts': ownKeys(own.adapter(url), url) })
      await generateClient(folder, schemaFor(own.provider))
    }
    const emitted = { skipLibCheck: false, noEmit: false }
    expect(await compile(folder, compiler, emitted)).toBe('')
  })

  test('it runs, and so does the command line', async () => {
    const { program } = await expectItWorks(folder, 'app.js')
    expect(JSON.parse(program.stdout().trim().split('\n').at(-1) ?? '')).toMatchObject({ cache: 'fresh' })
  })
})

test('without the drivers, what needs one says which package to install', { timeout: 240_000 }, async () => {
  const folder = await npmProject([pinned('express')], withoutOptional)
  const { megabytes, packages } = sizeOf(folder)
  console.log(`npm i --omit=optional keystile express: ${megabytes} MB, ${packages} packages.`)
  expect(existsSync(join(folder, 'node_modules/libsql'))).toBe(false)
  const { exitCode, stderr } = await run('npx', ['--no-install', 'keystile', 'list'], { cwd: folder })
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/The driver for SQLite is not installed: .*npm i .*@libsql\/client@0\.17\.4/)
})
