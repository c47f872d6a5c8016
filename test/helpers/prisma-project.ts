/** An app's own Prisma project in a folder: its schema, its migrations, its client, on a database of either kind. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { engineFor, type Provider } from '../../scripts/schema-engine.js'
import { afterEachFile } from './after-each-file.js'
import { linkedProject, writeFiles } from './built-package.js'

export const sqlite = 'datasource db {\n  provider = "sqlite"\n}\n'
export const postgresql = 'datasource db {\n  provider = "postgresql"\n}\n'
export const client = 'generator client {\n  provider = "prisma-client"\n  output   = "../client"\n}\n'

const closers: (() => Promise<unknown>)[] = []

afterEachFile(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A folder with Prisma and its client, linked as they are here. */
export function prismaProject(files: Readonly<Record<string, string>>): string {
  const beside = ['client', 'client-runtime-utils', 'adapter-libsql', 'adapter-pg'].map((name) => `@prisma/${name}`)
  const folder = linkedProject(['prisma', ...beside])
  writeFiles(folder, files)
  return folder
}

export const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8')

/** Prisma's own command, which needs no schema engine for what tests ask of it, yet would fetch one. */
export async function prismaCli(folder: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  const cli = join(folder, 'node_modules/prisma/build/index.js')
  return (await promisify(execFile)(process.execPath, [cli, ...args], { cwd: folder, env })).stdout
}

/** The text of a schema: a file, or all files of a folder. */
export function schemaText(folder: string, schema: string): string {
  const path = join(folder, schema)
  if (statSync(path).isFile()) return readFileSync(path, 'utf8')
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.prisma'))
  return names.map((name) => readFileSync(join(path, name), 'utf8')).join('\n')
}

/** What `prisma migrate dev --create-only` does: writes the SQL from one text of the schema to the next. */
export async function createMigration(
  { provider, url }: { readonly provider: Provider; readonly url: string },
  file: string,
  from: string | undefined,
  to: string
): Promise<void> {
  const model = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path: 'schema.prisma', content }] })
  const engine = await engineFor(provider, to, url)
  try {
    const { stdout } = await engine.diff({
      from: from === undefined ? { tag: 'empty' } : model(from),
      to: model(to),
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] }
    })
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, stdout ?? '')
  } finally {
    engine.free()
  }
}

/** What `prisma migrate deploy` does. */
export async function applyMigrations(
  { provider, url }: { readonly provider: Provider; readonly url: string },
  migrations: string,
  schema: string
): Promise<readonly string[]> {
  const names = readdirSync(migrations).filter((name) => statSync(join(migrations, name)).isDirectory())
  const engine = await engineFor(provider, schema, url)
  try {
    const migrationsList = {
      baseDir: migrations,
      lockfile: { path: 'migration_lock.toml', content: `provider = "${provider}"\n` },
      shadowDbInitScript: '',
      migrationDirectories: names.sort().map((name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: readFileSync(join(migrations, name, 'migration.sql'), 'utf8') }
        }
      }))
    }
    const filters = { externalTables: [], externalEnums: [] }
    return (await engine.applyMigrations({ migrationsList, filters })).appliedMigrationNames
  } finally {
    engine.free()
  }
}

/** The app's client, generated before; closed after the file's tests. */
export async function openClient(file: string, url: string): Promise<object> {
  const loaded = (await import(pathToFileURL(file).href)) as { readonly PrismaClient: new (options: object) => Client }
  const adapter = url.startsWith('file:') ? new PrismaLibSql({ url }) : new PrismaPg({ connectionString: url })
  const prisma = new loaded.PrismaClient({ adapter })
  closers.push(() => prisma.$disconnect())
  return prisma
}

interface Client {
  $disconnect(): Promise<void>
}
