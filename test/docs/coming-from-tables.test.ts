/** The script for a hand-rolled table, on a small project with a table of its own: old keys get in, by each kind of hash. */
import { spawnSync } from 'node:child_process'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import bcrypt from 'bcrypt'
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { linkedProject, root, writeFiles } from '../helpers/built-package.js'
import { databases, freshPostgres, type TestDatabase } from '../helpers/databases.js'
import { generateClient, makeTables } from '../helpers/generated-client.js'
import { connect } from '../helpers/keys.js'
import { freePort, run, start } from '../helpers/programs.js'
import { until } from '../helpers/until.js'

const secret = 'the secret that old keys were hashed with'
const script = readFileSync(`${root}/docs/coming-from/hand-rolled.mjs`, 'utf8')
const typescript = ['--import', `${root}/node_modules/tsx/dist/loader.mjs`]

/** A table as people make one: its names are not keystile's. */
const oldTable = (times: string) => `
model ApiToken {
  id         Int       @id @default(autoincrement())
  accountId  String    @map("account_id")
  label      String?
  tokenHash  String    @unique @map("token_hash")
  tokenStart String    @map("token_start")
  scopes     String?
  revokedAt  DateTime? @map("revoked_at")${times}
  lastUsedAt DateTime? @map("last_used_at")${times}
  uses       BigInt    @default(0)
  expiresAt  DateTime? @map("expires_at")${times}
  createdAt  DateTime  @map("created_at")${times}
  updatedAt  DateTime  @map("updated_at")${times}

  @@map("api_tokens")
}
`

const kinds = [
  { hashAlg: 'sha256', hash: async (token: string) => createHash('sha256').update(token).digest('hex') },
  { hashAlg: 'hmac', hash: async (token: string) => createHmac('sha256', secret).update(token).digest('base64') },
  { hashAlg: 'bcrypt', hash: (token: string) => bcrypt.hash(token, 4) }
]

const adapters = {
  sqlite: `import { PrismaLibSql as Adapter } from '@prisma/adapter-libsql'
const adapter = new Adapter({ url: process.env.APP_DATABASE ?? '' })`,
  postgresql: `import { PrismaPg as Adapter } from '@prisma/adapter-pg'
const adapter = new Adapter({ connectionString: process.env.APP_DATABASE ?? '' })`
}

/** The app: its client, its keys, and a server with keystile in front of one route. */
async function project({ provider, fresh }: TestDatabase, hashAlg: string) {
  const url = await fresh()
  const folder = linkedProject(['@prisma/client', '@prisma/adapter-libsql', '@prisma/adapter-pg', 'bcrypt'])
  const schema = schemaFor(provider) + oldTable(provider === 'postgresql' ? ' @db.Timestamptz(3)' : '')
  await generateClient(folder, schema)
  await makeTables(provider, schema, url)
  const port = await freePort()
  writeFiles(folder, {
    'db.ts': `import { PrismaClient } from './client/client.js'
${adapters[provider]}
export const prisma = new PrismaClient({ adapter })`,
    'keystile.config.ts': `import { createApiKeys } from 'keystile'
import { prisma } from './db.ts'
export default createApiKeys({ prisma, deadlineMs: 20_000${hashAlg === 'hmac' ? `, acceptHmac: ['${secret}']` : ''} })`,
    'server.ts': `import express from 'express'
import { apiKeyAuth, requireScopes } from 'keystile'
import keys from './keystile.config.ts'
express()
  .use(apiKeyAuth({ keys }))
  .get('/', requireScopes('reports:read'), (req, res) => void res.json({ name: req.apiKey?.name, owner: req.owner?.email }))
  .listen(${port}, '127.0.0.1')`,
    // The one line of the script that has to say how hashes are made.
    'hand-rolled.mjs': script.replace("hash_alg: 'sha256'", `hash_alg: '${hashAlg}'`)
  })
  const env = { APP_DATABASE: url }
  return {
    url,
    async export() {
      const { exitCode, stdout, stderr } = await run('node', [...typescript, 'hand-rolled.mjs'], { cwd: folder, env })
      expect(exitCode, stderr).toBe(0)
      writeFiles(folder, { 'keys.jsonl': stdout })
      return stdout
    },
    keystile: (...args: string[]) => run(`${folder}/node_modules/.bin/keystile`, args, { cwd: folder, env }),
    async serve() {
      const server = start('node', [...typescript, 'server.ts'], { cwd: folder, env })
      const at = `http://127.0.0.1:${port}/`
      await until(() => fetch(at).then(Boolean, () => false))
      return {
        stop: () => server.stop(),
        async ask(token: string) {
          const answer = await fetch(at, { headers: { Authorization: `Bearer ${token}` } })
          return [answer.status, await answer.json()] as const
        }
      }
    }
  }
}

const oldToken = () => `sk_${randomBytes(32).toString('base64url')}`

/** Keys of every state, as an app made them before keystile. */
async function fill(url: string, hash: (token: string) => Promise<string>) {
  const { sql, close } = await connect(url)
  const ms = (iso: string) => (url.startsWith('file:') ? Date.parse(iso) : iso)
  const [created, later, past] = ['2025-03-01T10:00:00Z', '2999-01-01T00:00:00Z', '2025-06-01T00:00:00Z'].map(ms)
  await sql(
    `INSERT INTO users (id, email, name, created_at, updated_at) VALUES ('owner-1', 'ada@example.com', 'Ada', ?, ?)`,
    created as string,
    created as string
  )
  const add = async (label: string, fields: Readonly<Record<string, string | number | null>> = {}) => {
    const token = oldToken()
    const row = {
      account_id: 'owner-1',
      label,
      token_hash: await hash(token),
      token_start: `${token.slice(0, 11)}...`,
      scopes: '["reports:read"]',
      uses: 4_321,
      created_at: created as string,
      updated_at: created as string,
      ...fields
    }
    const names = Object.keys(row)
    await sql(
      `INSERT INTO api_tokens (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      ...Object.values(row)
    )
    return token
  }
  const tokens = {
    good: await add('laptop'),
    ends: await add('ends', { expires_at: later as string }),
    narrow: await add('narrow', { scopes: null }),
    revoked: await add('revoked', { revoked_at: past as string }),
    expired: await add('expired', { expires_at: past as string })
  }
  await close()
  return tokens
}

describe.each(kinds)('a table of $hashAlg', ({ hashAlg, hash }) => {
  // What hashes are made with is no matter of the database: one kind shows that both work.
  test.each(hashAlg === 'sha256' ? databases : databases.slice(0, 1))(
    'moves on $name: its keys get in as they did',
    { timeout: 120_000 },
    async (database) => {
      const app = await project(database, hashAlg)
      const tokens = await fill(app.url, hash)
      expect((await app.export()).trim().split('\n')).toHaveLength(5)

      const dry = await app.keystile('import', 'keys.jsonl', '--dry-run')
      expect(dry.exitCode, dry.stderr).toBe(0)
      expect(JSON.parse((await app.keystile('list', '--json')).stdout)).toMatchObject({ items: [] })

      const imported = await app.keystile('import', 'keys.jsonl')
      expect(imported.exitCode, imported.stderr).toBe(0)
      const { items } = JSON.parse((await app.keystile('list', '--json')).stdout)
      expect(items).toHaveLength(5)
      expect(items.find((key: { name: string }) => key.name === 'laptop')).toMatchObject({
        ownerId: 'owner-1',
        keyPrefix: `${tokens.good.slice(0, 11)}...`,
        scopes: ['reports:read'],
        usageCount: 4_321,
        expiresAt: null,
        createdAt: '2025-03-01T10:00:00.000Z'
      })

      const site = await app.serve()
      expect(await site.ask(tokens.good)).toEqual([200, { name: 'laptop', owner: 'ada@example.com' }])
      expect(await site.ask(tokens.good)).toMatchObject([200, {}])
      expect(await site.ask(tokens.ends)).toMatchObject([200, {}])
      expect(await site.ask(tokens.narrow)).toMatchObject([403, { missingScopes: ['reports:read'] }])
      for (const token of [tokens.revoked, tokens.expired, oldToken()])
        expect(await site.ask(token)).toMatchObject([401, { code: 'invalid_token' }])
      await site.stop()

      const again = await app.keystile('import', 'keys.jsonl')
      expect(again.exitCode, again.stderr).toBe(0)
      expect(JSON.parse((await app.keystile('list', '--json')).stdout).items).toHaveLength(5)
    }
  )
})

/** The page's line for a program, run in a shell where keystile is the built one. */
async function lineFor(program: string, cwd: string, env: Readonly<Record<string, string>>) {
  const page = readFileSync(`${root}/docs/coming-from.md`, 'utf8')
  const line = new RegExp(`^${program} .*$`, 'm').exec(page)?.[0] ?? ''
  const npx = 'npx() { "node_modules/.bin/$@"; }'
  return run('bash', ['-euo', 'pipefail', '-c', `${npx}; ${line.replace(' --dry-run', '')}`], { cwd, env })
}

const has = (program: string) => spawnSync(program, ['--version']).status === 0

/** A table whose columns have keystile's names, with times as databases write them. */
const sameNames = (text: string, time: string) => `CREATE TABLE old_api_keys (
  id ${text} PRIMARY KEY, user_id ${text} NOT NULL, name ${text}, key_hash ${text} NOT NULL, key_prefix ${text} NOT NULL, scopes ${text},
  is_active BOOLEAN NOT NULL, last_used_at ${time}, last_used_ip ${text}, usage_count BIGINT NOT NULL, expires_at ${time},
  created_at ${time} NOT NULL, updated_at ${time} NOT NULL)`

describe('what a program prints of a table with the same names', { timeout: 120_000 }, () => {
  test.each([
    { program: 'sqlite3', provider: 'sqlite' },
    { program: 'psql', provider: 'postgresql' }
  ])('$program', async ({ program, provider }) => {
    if (!has(program)) return console.log(`${program} is not installed: its line was not tried`)
    const folder = linkedProject()
    const isSqlite = provider === 'sqlite'
    const url = isSqlite ? `file:${folder}/app.db` : await freshPostgres()
    const env: Record<string, string> = isSqlite ? {} : { DATABASE_URL: url }
    const keystile = (...args: string[]) => run(`${folder}/node_modules/.bin/keystile`, args, { cwd: folder, env })
    if (!isSqlite) await keystile('migrate')
    await keystile('create', '--owner', 'ada@example.com', '--name', 'new')
    const owner = JSON.parse((await keystile('list', '--json')).stdout).items[0].ownerId
    const { sql, close } = await connect(url)
    await sql(sameNames('TEXT', isSqlite ? 'TEXT' : 'TIMESTAMP'))
    const token = oldToken()
    const time = '2025-12-17 21:27:32.000000'
    await sql(
      "INSERT INTO old_api_keys VALUES (?, ?, 'laptop', ?, ?, ?, TRUE, ?, '203.0.113.7', 17, NULL, ?, ?)",
      '0c0f2a1e-5d3b-4a39-9a44-6d2f3f0f9b1e',
      owner,
      createHash('sha256').update(token).digest('hex'),
      `${token.slice(0, 11)}...`,
      '["reports:read"]',
      time,
      time,
      time
    )
    await close()
    const { exitCode, stderr } = await lineFor(program, folder, env)
    expect(exitCode, stderr).toBe(0)
    const keys = createApiKeys({ url: isSqlite ? `file:${folder}/keystile.db` : url })
    const { apiKey } = await keys.verify(token)
    expect(apiKey).toMatchObject({ name: 'laptop', ownerId: owner, scopes: ['reports:read'] })
    expect((await keys.get(apiKey.id))?.createdAt).toEqual(new Date('2025-12-17T21:27:32Z'))
    await keys.close()
  })
})
