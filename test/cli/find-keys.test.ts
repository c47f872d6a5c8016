/** Which database a command works on, and how it says so. */
import { existsSync } from 'node:fs'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { ask } from '../helpers/sql.js'
import { ended, freshFolder, keystile, main, root, start } from './run-keystile.js'

let cwd: string

beforeEach(async () => {
  cwd = await freshFolder()
})

const write = (name: string, text: string) => writeFile(join(cwd, name), text)
/** What list says: the database's file and what named it. */
async function used(args: readonly string[] = [], env: Record<string, string> = {}): Promise<string> {
  const { code, stderr } = await keystile({ cwd, env }, ['list', ...args])
  return code === 0 ? stderr.trim().replace(`SQLite, ${cwd}/`, '') : `${code}: ${stderr.trim()}`
}

describe('without a config file', () => {
  test('the default is keystile.db in the working directory', async () => {
    expect(await used()).toBe('Database: keystile.db (the default)')
    expect(existsSync(join(cwd, 'keystile.db'))).toBe(true)
  })

  test('DATABASE_URL of .env names the database, in quotes and with comments', async () => {
    await write('.env', '# the app\nexport OTHER=1\nDATABASE_URL="file:./from-env-file.db" # here\n')
    expect(await used()).toBe('Database: from-env-file.db (DATABASE_URL in .env)')
  })

  test('DATABASE_URL of the environment wins over that of .env', async () => {
    await write('.env', 'DATABASE_URL=file:./from-env-file.db\n')
    expect(await used([], { DATABASE_URL: 'file:./real.db' })).toBe('Database: real.db (DATABASE_URL)')
    expect(existsSync(join(cwd, 'from-env-file.db'))).toBe(false)
  })

  test('a .env that can not be read is an error, not another database', async () => {
    await mkdir(join(cwd, '.env'))
    expect(await used()).toBe("1: keystile: .env can't be read (EISDIR).")
    expect(existsSync(join(cwd, 'keystile.db'))).toBe(false)
  })
})

describe('in a folder with Prisma, without a config file', () => {
  test.each(['schema.prisma', 'prisma/schema.prisma', 'prisma.config.ts', '.config/prisma.mjs'])(
    'where %s is, no default file is made, and what is to be done is told',
    async (name) => {
      await mkdir(join(cwd, dirname(name)), { recursive: true })
      await write(name, '')
      for (const command of [['list'], ['migrate'], ['create', '--owner', 'a@b.c', '--name', 'x']]) {
        const { code, stdout, stderr } = await keystile({ cwd }, command)
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
        expect(stderr).toMatch(
          /keystile\.config\.ts \(default export: your createApiKeys\(\{ prisma \}\)\).*DATABASE_URL=file:/
        )
      }
      expect((await keystile({ cwd }, ['doctor'])).stdout).toContain('settings: The settings are understood.')
      expect(existsSync(join(cwd, 'keystile.db'))).toBe(false)
    }
  )

  test('DATABASE_URL decides, and so does a default file that is there', async () => {
    await used()
    await write('schema.prisma', '')
    expect(await used()).toBe('Database: keystile.db (the default)')
    expect(await used([], { DATABASE_URL: 'file:./other.db' })).toBe('Database: other.db (DATABASE_URL)')
  })

  test("a database of the app's own says what it most likely is", async () => {
    const url = `file:${join(cwd, 'app.db')}`
    await ask(url, 'CREATE TABLE api_keys (id TEXT)', 'CREATE TABLE users (id TEXT)')
    const said = await used([], { DATABASE_URL: url })
    expect(said).toMatch(/its table users lacks .* Is it your own Prisma database\? Then write keystile\.config\.ts/)
  })
})

describe('a config file', () => {
  const text = (file: string) =>
    `import { createApiKeys } from 'keystile'\nexport default createApiKeys({ url: 'file:./${file}' })\n`

  beforeEach(async () => {
    await mkdir(join(cwd, 'node_modules/.bin'), { recursive: true })
    await symlink(root, join(cwd, 'node_modules/keystile'))
    await symlink('../keystile/dist/cli/main.js', join(cwd, 'node_modules/.bin/keystile'))
  })

  test.each([
    ['keystile.config.ts', 'module'],
    ['keystile.config.ts', 'commonjs'],
    ['keystile.config.mts', 'commonjs'],
    ['keystile.config.js', 'module'],
    ['keystile.config.js', undefined],
    ['keystile.config.mjs', 'commonjs']
  ])('%s in a package of type %s names the database, before DATABASE_URL', async (name, type) => {
    await write('package.json', JSON.stringify({ type }))
    await write(name, text('configured.db'))
    expect(await used([], { DATABASE_URL: 'file:./other.db' })).toBe(`Database: configured.db (${name})`)
  })

  test('is used by npx keystile, and the keys it makes have its prefix', async () => {
    await write(
      'keys.ts',
      text('npx.db').replace('url:', "prefix: 'acme_', url:").replace('default', 'const keys: object =')
    )
    await write('keystile.config.ts', "export { keys as default } from './keys.js'\n")
    const env = { npm_config_update_notifier: 'false' }
    const args = ['--no-install', 'keystile', 'create', '--owner', 'a@b.c', '--name', 'x']
    const { code, stdout, stderr } = await ended(start('npx', args, { cwd, env }))
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^acme_[0-9A-Za-z]{49}\n$/) })
    expect(stderr).toContain('npx.db (keystile.config.ts)')
  })

  test('of any name is taken with --config', async () => {
    await write('keystile.config.ts', text('usual.db'))
    await mkdir(join(cwd, 'conf'))
    await write('conf/staging.ts', text('staging.db'))
    expect(await used(['--config', 'conf/staging.ts'])).toBe('Database: staging.db (staging.ts)')
  })

  test('reads what .env says', async () => {
    await write('.env', 'KEYS_FILE=file:./named.db\n')
    await write('keystile.config.ts', text('x').replace(/'file.*'/, 'process.env.KEYS_FILE as string'))
    expect(await used()).toBe('Database: named.db (keystile.config.ts)')
  })

  test('that logs does not write into the key', async () => {
    await write('keystile.config.ts', `${text('logs.db')}console.log('a log line')\n`)
    const { stdout, stderr } = await keystile({ cwd }, ['create', '--owner', 'a@b.c', '--name', 'x'])
    expect(stdout).toMatch(/^sk_[0-9A-Za-z]{49}\n$/)
    expect(stderr).toContain('a log line')
  })

  test('that keeps the process alive does not keep the command', async () => {
    await write('keystile.config.ts', `${text('alive.db')}setInterval(() => {}, 1_000)\n`)
    expect(await used()).toBe('Database: alive.db (keystile.config.ts)')
  })

  test.each([
    ['exports nothing', 'export const keys = 1', 'the default export must be what createApiKeys() returned'],
    ['exports something else', 'export default { verify: 1 }', 'the default export must be'],
    ['has a wrong option', text('x').replace('url', 'urll'), 'knows no option "urll"; did you mean "url"?'],
    ['throws', 'throw new Error("no vault\\nat line 2")', 'could not be loaded: no vault'],
    ['is no TypeScript', 'export default {', 'could not be loaded: '],
    ['imports what is not there', "import './nowhere.js'", "could not be loaded: Cannot find module './nowhere.js'"]
  ])('that %s is an error of one line', async (_, config, message) => {
    await write('keystile.config.ts', config)
    const { code, stdout, stderr } = await keystile({ cwd }, ['list'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^keystile: keystile\.config\.ts.*\n$/)
    expect(stderr).toContain(message)
  })

  test('whose keys another copy of keystile made is an error that says what to run', async () => {
    const copy = join(cwd, 'other/node_modules/keystile')
    await mkdir(copy, { recursive: true })
    for (const part of ['dist', 'package.json']) await cp(join(root, part), join(copy, part), { recursive: true })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
    await write('other/keys.mjs', text('copy.db'))
    const { code, stderr } = await keystile({ cwd }, ['list', '--config', 'other/keys.mjs'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('another copy of keystile') })
  })
})

test("a config file in TypeScript needs no node_modules: its 'keystile' is the command's own", async () => {
  await write('keystile.config.ts', "import { createApiKeys } from 'keystile'\nexport default createApiKeys({})\n")
  expect(await used()).toBe('Database: keystile.db (keystile.config.ts)')
})

describe("a config file with the app's own Prisma client", () => {
  const own = { DATABASE_URL: 'file:./own.db' }

  beforeEach(async () => {
    await mkdir(join(cwd, 'node_modules'))
    await symlink(root, join(cwd, 'node_modules/keystile'))
    await symlink(join(root, 'node_modules/@prisma'), join(cwd, 'node_modules/@prisma'))
    await cp(join(root, 'src/generated/sqlite'), join(cwd, 'generated'), { recursive: true })
    await write(
      'keystile.config.ts',
      `import { PrismaLibSql } from '@prisma/adapter-libsql'
       import { createApiKeys } from 'keystile'
       import { PrismaClient } from './generated/client.js'
       const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: 'file:./own.db' }) })
       export default createApiKeys({ prisma })`
    )
  })

  const run = (...args: string[]) => keystile({ cwd }, args)

  test('works on its tables, and leaves migrations and owners to the app', async () => {
    await keystile({ cwd, env: own }, [
      'create',
      '--config',
      await ownConfig(),
      '--owner',
      'ada@example.com',
      '--name',
      'x'
    ])
    const created = await run('create', '--owner', 'ada@example.com', '--name', 'mine')
    expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sk_/) })
    expect(created.stderr).toContain('your own Prisma client, sqlite (keystile.config.ts)')
    expect((await run('list')).stdout).toMatch(/mine[\s\S]* x /)
    const stranger = await run('create', '--owner', 'new@example.com', '--name', 'x')
    expect(stranger).toMatchObject({ code: 1, stderr: expect.stringContaining('no owner with the email') })
    // Prisma's error codes survive the loading of a TypeScript config file.
    const unknown = await run('create', '--owner', 'nobody', '--name', 'x', '--json')
    expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { code: 'owner_not_found' } })
    const migrate = await run('migrate')
    expect(migrate).toMatchObject({ code: 2, stderr: expect.stringContaining('npx prisma migrate deploy') })
  })

  test('says so where that has no tables of keystile yet', async () => {
    const { code, stderr } = await run('list', '--json')
    expect({ code, error: JSON.parse(stderr) }).toMatchObject({ code: 1, error: { error: { code: 'not_migrated' } } })
  })

  /** A config file that has keystile make its tables and an owner in the app's database. */
  async function ownConfig(): Promise<string> {
    await write('make.mjs', "import { createApiKeys } from 'keystile'\nexport default createApiKeys()\n")
    return 'make.mjs'
  }
})

test('the built command is executable and has a shebang', async () => {
  const { code } = await ended(start(main, ['--version'], { cwd }))
  expect(code).toBe(0)
})
