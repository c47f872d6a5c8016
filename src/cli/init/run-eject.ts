import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Provider } from '../../sql-names.js'
import { Failure } from '../failure.js'
import { callOf, literalOf } from './mapping.js'
import { schemaArgument } from './project.js'
import { writeAll } from './write.js'

export interface EjectRequest {
  readonly provider: Provider
  /** Where they go, from the project's folder. */
  readonly to: string
  /** Where the client is to be generated, from the schema's folder. */
  readonly output: string
}

export interface EjectReport {
  readonly provider: string
  readonly files: readonly string[]
  readonly next: readonly string[]
  readonly code: string
}

const packaged = fileURLToPath(new URL('../../../prisma/', import.meta.url))

/**
 * Copies keystile's schema and migrations of one database into a project, which takes them over.
 * @throws Failure with nothing written, where any of the files is there already
 */
export function runEject(folder: string, { provider, to, output }: EjectRequest): EjectReport {
  const files = [...filesFor(provider, output)].map(([name, text]) => ({ path: resolve(folder, to, name), text }))
  const config = configFiles.find((name) => existsSync(join(folder, name)))
  if (config === undefined) files.push({ path: join(folder, 'prisma.config.ts'), text: configFor(to, provider) })
  const there = files.filter(({ path }) => existsSync(path)).map(({ path }) => relative(folder, path))
  if (there.length > 0) {
    throw new Failure(
      'conflict',
      `Nothing was written, since it is there already: ${there.join(', ')}. Choose another folder: keystile eject --to <folder>. ` +
        "A project with a Prisma schema of its own takes keystile's models in by: npx keystile init"
    )
  }
  writeAll(files.map(({ path, text }) => ({ path, before: undefined, after: text })))
  const place = config === undefined ? '' : schemaArgument(join(to, 'schema.prisma'))
  return {
    provider,
    files: files.map(({ path }) => relative(folder, path)),
    next: [
      `npm i @prisma/client@7 @prisma/adapter-${provider === 'sqlite' ? 'libsql' : 'pg'}@7 && npm i -D prisma@7`,
      `npx prisma migrate deploy${place}`,
      `npx prisma generate${place}`
    ],
    code: callOf(undefined, provider === 'sqlite' ? "process.env.DATABASE_URL ?? 'file:./keystile.db'" : undefined)
  }
}

const configFiles = ['prisma7', 'prisma'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].flatMap((extension) => [
    `${name}.config.${extension}`,
    `.config/${name}.${extension}`
  ])
)

function filesFor(provider: Provider, output: string): Map<string, string> {
  const source = join(packaged, provider)
  const schema = readFileSync(join(source, 'schema.prisma'), 'utf8')
  const models = schema.slice(schema.search(/^\/\/\/ The owners/m))
  const header = `generator client {\n  provider = "prisma-client"\n  output   = ${JSON.stringify(output)}\n}\n\ndatasource db {\n  provider = "${provider}"\n}\n\n`
  const migrations = readdirSync(join(source, 'migrations'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(sql|toml)$/.test(name)
  )
  return new Map([
    ['schema.prisma', header + models],
    ...migrations.map(
      (name) => [join('migrations', name), readFileSync(join(source, 'migrations', name), 'utf8')] as const
    )
  ])
}

const configFor = (to: string, provider: Provider): string => `import { existsSync } from 'node:fs'
import { defineConfig } from 'prisma/config'

if (existsSync('.env')) process.loadEnvFile()

export default defineConfig({
  schema: ${literalOf(join(to, 'schema.prisma'))},
  migrations: { path: ${literalOf(join(to, 'migrations'))} },
  datasource: { url: process.env['DATABASE_URL'] ?? '${provider === 'sqlite' ? 'file:./keystile.db' : ''}' }
})
`
