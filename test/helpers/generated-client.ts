/** A Prisma client of a schema that differs from keystile's, with its tables, as an app has one. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { schemaFor } from '../../scripts/prisma.js'
import { engineFor } from '../../scripts/schema-engine.js'
import { afterEachFile } from './after-each-file.js'
import type { TestDatabase } from './databases.js'
import { connect, type Sql } from './keys.js'
import { projectRoot } from './prisma-migrate.js'

export interface GeneratedClient {
  readonly prisma: object
  readonly sql: Sql
  readonly url: string
}

const closers: (() => Promise<unknown>)[] = []

afterEachFile(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Generates the client of a schema into `client/` of a project. */
export async function generateClient(project: string, schema: string, name = 'client'): Promise<void> {
  const file = join(project, `prisma/${name}.prisma`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, schema.replace(/output +=.*/, `output = "../${name}"`))
  // Generating needs no schema engine, yet the CLI fetches it unless one is named.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  const prismaCli = join(projectRoot, 'node_modules/prisma/build/index.js')
  await promisify(execFile)(process.execPath, [prismaCli, 'generate', `--schema=${file}`], { cwd: project, env })
}

/** @param change makes the app's schema of keystile's */
export async function generatedClient(
  { provider, fresh }: TestDatabase,
  change: (schema: string) => string
): Promise<GeneratedClient> {
  const folder = mkdtempSync(join(tmpdir(), 'keystile-client-'))
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'), 'dir')
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const schema = change(schemaFor(provider))
  await generateClient(folder, schema)
  const url = await fresh()
  await makeTables(provider, schema, url)
  const { sql, close } = await connect(url)
  const generated = await import(pathToFileURL(join(folder, 'client/client.ts')).href)
  const adapter = provider === 'sqlite' ? new PrismaLibSql({ url }) : new PrismaPg({ connectionString: url })
  const prisma = new generated.PrismaClient({ adapter })
  closers.push(async () => {
    await prisma.$disconnect()
    await close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { prisma, sql, url }
}

/** The tables of a schema, in an empty database. */
export async function makeTables(provider: TestDatabase['provider'], schema: string, url: string): Promise<void> {
  const engine = await engineFor(provider, schema, url)
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] }
    })
    const { sql, close } = await connect(url)
    for (const statement of (stdout ?? '').split(/;\s*$/m)) if (/\w/.test(statement)) await sql(statement)
    await close()
  } finally {
    engine.free()
  }
}
