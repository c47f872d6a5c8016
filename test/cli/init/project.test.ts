/** `keystile init` in real projects: where it finds the schema, that Prisma takes what it made, and that all or nothing changes. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freshFolder, writeFiles } from '../../helpers/built-package.js'
import { client, postgresql, prismaCli, prismaProject, read, sqlite } from '../../helpers/prisma-project.js'
import { json, keystile } from '../run-keystile.js'

const user = 'model User {\n  id    Int    @id @default(autoincrement())\n  email String @unique\n}\n'
const whole = `${client}${sqlite}\n${user}`
const config = (schema: string) =>
  `import { defineConfig } from 'prisma/config'\nconsole.log('config')\nexport default defineConfig({ schema: '${schema}' })\n`
const cjsConfig = (schema: string) =>
  `const { defineConfig } = require('prisma/config')\nmodule.exports = defineConfig({ schema: '${schema}' })\n`
const esm = '{"type":"module"}'
const cjs = '{"type":"commonjs"}'

interface Report {
  readonly changed: readonly string[]
  readonly addedModels: readonly string[]
  readonly models: unknown
  readonly code: string
  readonly next: readonly string[]
}

const init = (cwd: string, ...args: string[]) => keystile({ cwd }, ['init', ...args])
const report = (cwd: string, ...args: string[]) => json<Report>({ cwd }, ['init', ...args])

describe('the schema is found', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['in schema.prisma', { 'schema.prisma': whole }, ['schema.prisma']],
    ['in prisma/schema.prisma', { 'prisma/schema.prisma': whole }, ['prisma/schema.prisma']],
    [
      'by a TypeScript config of an ESM project',
      { 'package.json': esm, 'prisma.config.ts': config('db/my.prisma'), 'db/my.prisma': whole },
      ['db/my.prisma']
    ],
    [
      'by a TypeScript config of a CJS project',
      { 'package.json': cjs, 'prisma.config.ts': config('db/my.prisma'), 'db/my.prisma': whole },
      ['db/my.prisma']
    ],
    [
      'by prisma.config.mts',
      { 'package.json': cjs, 'prisma.config.mts': config('db/my.prisma'), 'db/my.prisma': whole },
      ['db/my.prisma']
    ],
    [
      'by prisma.config.cjs',
      { 'package.json': esm, 'prisma.config.cjs': cjsConfig('db/my.prisma'), 'db/my.prisma': whole },
      ['db/my.prisma']
    ],
    [
      'by .config/prisma.ts',
      { '.config/prisma.ts': config('../db/my.prisma'), 'db/my.prisma': whole },
      ['db/my.prisma']
    ],
    [
      'in a folder that the config names',
      {
        'prisma.config.ts': config('prisma'),
        'prisma/base.prisma': client + sqlite,
        'prisma/models/user.prisma': user
      },
      ['prisma/models/user.prisma', 'prisma/keystile.prisma']
    ]
  ])('%s', async (_, files, changed) => {
    const folder = prismaProject(files)
    expect((await report(folder)).changed).toEqual(changed)
    await expect(prismaCli(folder, ['validate'])).resolves.toContain('valid')
    expect(await report(folder)).toMatchObject({ changed: [], addedModels: [] })
  })

  test('by --schema, for which the next commands ask too', async () => {
    const folder = prismaProject({ 'prisma/schema.prisma': 'not one', 'other/app.prisma': whole })
    const { changed, next } = await report(folder, '--schema', 'other/app.prisma')
    expect(changed).toEqual(['other/app.prisma'])
    expect(next).toEqual([
      'npx prisma migrate dev --create-only --name keystile --schema other/app.prisma',
      'npx keystile triggers --append --schema other/app.prisma',
      'npx prisma migrate dev --schema other/app.prisma',
      'npx prisma generate --schema other/app.prisma'
    ])
  })

  test('by --schema of triggers, whose next command asks for it too', async () => {
    const folder = prismaProject({ 'other schemas/app.prisma': whole })
    const place = ['--schema', 'other schemas/app.prisma']
    await report(folder, ...place)
    const append = () => keystile({ cwd: folder }, ['triggers', '--append', ...place])
    const next = '--schema "other schemas/app.prisma"'
    expect((await append()).stderr).toContain(`--create-only --name keystile ${next}`)
    writeFiles(folder, { 'other schemas/migrations/1_keys/migration.sql': 'CREATE TABLE "api_keys" ();\n' })
    expect((await append()).stdout).toContain(`Next:\n  npx prisma migrate dev ${next}\n`)
  })

  test.each<[string, Record<string, string>, string[], RegExp]>([
    ['no schema', {}, [], /no Prisma schema here.*npx prisma init/],
    [
      'a place that only Prisma 6 read',
      { 'package.json': '{"prisma":{"schema":"db/my.prisma"}}', 'db/my.prisma': whole },
      [],
      /does not read package\.json.*db\/my\.prisma/
    ],
    [
      'a config that fails',
      { 'prisma.config.ts': `throw new Error('no such luck')` },
      [],
      /config .*could not be loaded: no such luck/
    ],
    [
      'a config whose schema is not there',
      { 'prisma.config.ts': config('gone.prisma') },
      [],
      /names a schema that is not there/
    ],
    ['a --schema that is not there', { 'schema.prisma': whole }, ['--schema', 'gone'], /--schema: there is no/]
  ])('%s is told', async (_, files, args, message) => {
    const { code, stdout, stderr } = await init(prismaProject(files), ...args)
    expect({ code, stdout }).toEqual({ code: args.length > 0 ? 2 : 1, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('a project without Prisma, or with another version of it, is told', async () => {
    const none = freshFolder()
    writeFileSync(join(none, 'schema.prisma'), whole)
    expect((await init(none)).stderr).toMatch(/has no Prisma.*npm i -D prisma@7/)
    const old = prismaProject({ 'schema.prisma': whole })
    renameSync(join(old, 'node_modules/prisma'), join(old, 'node_modules/later'))
    const made = { 'node_modules/prisma/package.json': '{"version":"6.19.0"}' }
    for (const [name, text] of Object.entries(made)) {
      execFileSync('mkdir', ['-p', join(old, 'node_modules/prisma')])
      writeFileSync(join(old, name), text)
    }
    expect((await init(old)).stderr).toContain('Prisma 6.19.0')
  })
})

describe('what it prints', () => {
  test('tells people what changed and what comes next', async () => {
    const folder = prismaProject({ 'schema.prisma': whole })
    const { code, stdout } = await init(folder)
    expect(code).toBe(0)
    expect(stdout).toContain('Changed schema.prisma\nAdded ApiKey, ')
    expect(stdout).toContain(
      '  npx prisma migrate dev --create-only --name keystile\n  npx keystile triggers --append\n  npx prisma migrate dev\n'
    )
    expect(stdout).toContain('  const keys = createApiKeys({ prisma, feedUrl: process.env.DATABASE_URL })\n')
    expect(stdout).toMatch(/Next:\n(?: {2}npx .*\n){4} {2}and write keystile\.config\.ts, /)
    expect(stdout).toContain("  import { keys } from './src/keys.js'\n  export default keys\n")
    expect((await init(folder)).stdout).toMatch(/^Nothing to do/)
  })

  test('has the mapping where names are not the usual ones', async () => {
    const schema = `${client}${postgresql}model Account {\n  number BigInt @id\n}\nmodel ApiKey {\n  id Int @id\n}\n`
    const { models, code } = await report(
      prismaProject({ 'schema.prisma': schema }),
      '--owner-model',
      'Account',
      '--key-model',
      'ApiToken'
    )
    expect(models).toEqual({
      owner: { name: 'Account', fields: { id: 'number' } },
      apiKey: 'ApiToken',
      apiKeyEvent: 'ApiTokenEvent',
      apiKeyUsage: 'ApiTokenUsage',
      apiKeyForm: 'ApiTokenForm',
      apiKeyFlush: 'ApiTokenFlush'
    })
    expect(code).toContain("models: { owner: { name: 'Account', fields: { id: 'number' } }, apiKey: 'ApiToken', ")
  })

  test('--dry-run prints a diff that git applies, and changes nothing', async () => {
    const files = {
      'prisma/base.prisma': `${client}${sqlite}`,
      'prisma/user.prisma': user.trimEnd(),
      'prisma.config.ts': config('prisma')
    }
    const folder = prismaProject(files)
    const { stdout } = await init(folder, '--dry-run')
    for (const [name, text] of Object.entries(files)) expect(read(folder, name)).toBe(text)
    expect(existsSync(join(folder, 'prisma/keystile.prisma'))).toBe(false)
    const applied = prismaProject(files)
    execFileSync('git', ['apply', '--unsafe-paths', '-'], { cwd: applied, input: stdout })
    await init(folder)
    for (const name of ['prisma/user.prisma', 'prisma/keystile.prisma'])
      expect(read(applied, name)).toBe(read(folder, name))
  })
})

describe('all or nothing', () => {
  test('what Prisma does not take is not written', async () => {
    // Names of indexes are the database's, where there can be one of each: no name of a model or table tells.
    const taken = whole.replace('@unique', '@unique(map: "api_keys_key_hash_key")')
    const folder = prismaProject({ 'schema.prisma': taken })
    const { code, stderr } = await init(folder)
    expect({ code, after: read(folder, 'schema.prisma') }).toEqual({ code: 1, after: taken })
    expect(stderr).toMatch(/api_keys_key_hash_key/)
    expect(readdirSync(folder)).not.toContainEqual(expect.stringMatching(/\.tmp$/))
  })

  test('a schema that is not valid to begin with is told so', async () => {
    const broken = whole.replace('email String', 'email Strong')
    const folder = prismaProject({ 'schema.prisma': broken })
    const { stderr } = await init(folder)
    expect(read(folder, 'schema.prisma')).toBe(broken)
    expect(stderr).toMatch(/not valid as it is.*"Strong".*\(schema\.prisma:\d+\)/)
  })

  test('what Prisma says names files from where the command runs', async () => {
    const folder = prismaProject({ 'prisma/schema.prisma': whole.replace('email String', 'email Strong') })
    expect((await init(folder)).stderr).toMatch(/\(prisma\/schema\.prisma:\d+\)/)
  })

  test('the mode of a file and a link to it stay', async () => {
    const folder = prismaProject({ 'real/app.prisma': whole })
    chmodSync(join(folder, 'real/app.prisma'), 0o666)
    symlinkSync('real/app.prisma', join(folder, 'schema.prisma'))
    await report(folder)
    expect(lstatSync(join(folder, 'schema.prisma')).isSymbolicLink()).toBe(true)
    expect(statSync(join(folder, 'real/app.prisma')).mode & 0o777).toBe(0o666)
    expect(read(folder, 'real/app.prisma')).toContain('model ApiKey {')
  })
})
