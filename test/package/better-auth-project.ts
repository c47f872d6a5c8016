/** A small app as people have one with Better Auth on Prisma: accounts, and keys of its api-key plugin. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { freshFolder, root, writeFiles } from '../helpers/built-package.js'
import { makeTables } from '../helpers/generated-client.js'
import { type Ended, freePort, run, start } from '../helpers/programs.js'
import { until } from '../helpers/until.js'

/** Pinned where the plugin's own demands leave npm no other choice. */
const packages = {
  '@better-auth/api-key': '1.7.5',
  '@better-auth/core': '1.7.5',
  '@better-auth/utils': '0.4.2',
  'better-auth': '1.7.5',
  'better-call': '1.4.0',
  '@prisma/adapter-libsql': '7.10.0',
  '@prisma/client': '7.10.0',
  prisma: '7.10.0',
  express: '5.3.0',
  'express-rate-limit': '8.7.5',
  tsx: '4.23.15'
}

const schemaOfApp = `generator client {
  provider = "prisma-client"
  output   = "./generated/prisma"
}

datasource db {
  provider = "sqlite"
}

model User {
  id            String    @id
  name          String
  email         String    @unique
  emailVerified Boolean   @default(false)
  image         String?
  createdAt     DateTime  @default(now())
  updatedAt     DateTime  @default(now()) @updatedAt
  sessions      Session[]
  accounts      Account[]
  apiKeys       ApiKey[]

  @@map("user")
}

model Session {
  id        String   @id
  expiresAt DateTime
  token     String   @unique
  createdAt DateTime @default(now())
  updatedAt DateTime @updatedAt
  ipAddress String?
  userAgent String?
  userId    String
  user      User     @relation(fields: [userId], references: [id], onDelete: Cascade)

  @@map("session")
}

model Account {
  id                    String    @id
  accountId             String
  providerId            String
  userId                String
  user                  User      @relation(fields: [userId], references: [id], onDelete: Cascade)
  accessToken           String?
  refreshToken          String?
  idToken               String?
  accessTokenExpiresAt  DateTime?
  refreshTokenExpiresAt DateTime?
  scope                 String?
  password              String?
  createdAt             DateTime  @default(now())
  updatedAt             DateTime  @updatedAt

  @@map("account")
}

model Verification {
  id         String   @id
  identifier String
  value      String
  expiresAt  DateTime
  createdAt  DateTime @default(now())
  updatedAt  DateTime @updatedAt

  @@map("verification")
}

model BetterAuthKey {
  id                  String    @id
  configId            String    @default("default")
  name                String?
  start               String?
  referenceId         String
  prefix              String?
  key                 String
  refillInterval      Int?
  refillAmount        Int?
  lastRefillAt        DateTime?
  enabled             Boolean?  @default(true)
  rateLimitEnabled    Boolean?  @default(true)
  rateLimitTimeWindow Int?      @default(86400000)
  rateLimitMax        Int?      @default(10)
  requestCount        Int?      @default(0)
  remaining           Int?
  lastRequest         DateTime?
  expiresAt           DateTime?
  createdAt           DateTime
  updatedAt           DateTime
  permissions         String?
  metadata            String?

  @@index([key])
  @@map("apikey")
}
`

const files = {
  'db.ts': `import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from './generated/prisma/client.js'
// Without it whatever meets a lock fails at once, and the plugin then calls a good key invalid.
const timeout = 5000
export const prisma = new PrismaClient({ adapter: new PrismaLibSql({ url: process.env.APP_DATABASE ?? '', timeout }) })
`,
  'auth.ts': `import { apiKey } from '@better-auth/api-key'
import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { prisma } from './db.ts'
export const auth = betterAuth({
  baseURL: 'http://localhost:3000',
  secret: 'only-for-this-test-0123456789abcdef',
  telemetry: { enabled: false },
  database: prismaAdapter(prisma, { provider: 'sqlite' }),
  emailAndPassword: { enabled: true },
  plugins: [apiKey({ enableMetadata: true, schema: { apikey: { modelName: 'betterAuthKey' } } })]
})
`,
  // Makes an account and its keys by the plugin's own calls, and prints them as JSON.
  'make-keys.ts': `import { auth } from './auth.ts'
import { prisma } from './db.ts'
const { user } = await auth.api.signUpEmail({
  body: { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' }
})
const made = {}
for (const [name, { uses = 0, enabled, ...body }] of Object.entries(JSON.parse(process.argv[2] ?? '{}'))) {
  const { id, key } = await auth.api.createApiKey({ body: { userId: user.id, name, ...body } })
  for (let use = 0; use < uses; use++) await auth.api.verifyApiKey({ body: { key } })
  if (enabled === false) await auth.api.updateApiKey({ body: { keyId: id, userId: user.id, enabled } })
  made[name] = key
}
await prisma.betterAuthKey.updateMany({ where: { name: 'expired' }, data: { expiresAt: new Date('2026-01-01') } })
console.log(JSON.stringify({ ownerId: user.id, tokens: made }))
`,
  // Asks the plugin itself.
  'verify.ts': `import { auth } from './auth.ts'
const { valid } = await auth.api.verifyApiKey({ body: { key: process.argv[2] ?? '' } })
console.log(valid)
`,
  'keystile.config.ts': `import { createApiKeys } from 'keystile'
import { prisma } from './db.ts'
export default createApiKeys({ prisma })
`
}

/** @param both code of the page: keystile before the plugin's own check, below /both */
const server = (port: number, both: string) => `import express from 'express'
import { requireScopes } from 'keystile'
import { apiKeyRateLimit } from 'keystile/rate-limit'
import keys from './keystile.config.ts'
const app = express()
${both}
app.get('/both', (req, res) => void res.json({ name: req.apiKey?.name ?? null }))
app.use(apiKeyAuth({ keys, extract: { header: 'X-Api-Key' } }), apiKeyRateLimit())
const answer = (req, res) => void res.json({ name: req.apiKey?.name, metadata: req.apiKey?.metadata, owner: req.owner?.email })
app.get('/', answer)
app.get('/reports', requireScopes('reports:read', 'reports:write'), answer)
app.listen(${port}, '127.0.0.1')
`

export interface Project {
  node(...args: string[]): Promise<Ended>
  keystile(...args: string[]): Promise<Ended>
  write(name: string, text: string): void
  /** Starts the app that has moved. */
  serve(): Promise<{ ask(path: string, headers: Record<string, string>): Promise<Response>; stop(): Promise<Ended> }>
}

/** Installs everything from npm, keystile from its own tarball, and makes the tables. */
export async function betterAuthProject(both: string): Promise<Project> {
  const folder = freshFolder()
  const env = { APP_DATABASE: `file:${folder}/app.db`, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }
  const must = async (command: string, args: readonly string[], cwd = folder) => {
    const ended = await run(command, args, { cwd, env })
    expect(ended.exitCode, ended.stderr).toBe(0)
    return ended
  }
  const quietly = ['--no-audit', '--no-fund', '--ignore-scripts', '--silent']
  const packed = await must('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root)
  const dependencies = { ...packages, keystile: `file:${packed.stdout.trim()}` }
  const port = await freePort()
  writeFiles(folder, { ...files, 'server.ts': server(port, both) })
  writeFiles(folder, { 'package.json': JSON.stringify({ type: 'module', private: true, dependencies }) })
  await must('npm', ['install', ...quietly])
  const models = readFileSync(`${folder}/node_modules/keystile/prisma/models.prisma`, 'utf8')
  const schema = schemaOfApp + models.replace(/^(\/\/.*\n)+/, '').replace(/^(\/\/\/ .*\n)*model User \{[^}]*\}\n/m, '')
  writeFiles(folder, { 'schema.prisma': schema })
  await must('node', ['node_modules/prisma/build/index.js', 'generate', '--schema=schema.prisma'])
  await makeTables('sqlite', schema, env.APP_DATABASE)
  const withTypes = (args: readonly string[]) => ['--import', 'tsx', ...args]
  return {
    node: (...args) => run('node', withTypes(args), { cwd: folder, env }),
    keystile: (...args) => run('node_modules/.bin/keystile', args, { cwd: folder, env }),
    write: (name, text) => writeFiles(folder, { [name]: text }),
    async serve() {
      const app = start('node', withTypes(['server.ts']), { cwd: folder, env })
      const at = `http://127.0.0.1:${port}`
      await until(() => fetch(at).then(Boolean, () => false))
      return { ask: (path, headers) => fetch(`${at}${path}`, { headers }), stop: () => app.stop() }
    }
  }
}
