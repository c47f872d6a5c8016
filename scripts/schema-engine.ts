/**
 * Prisma's own schema engine as npm has it, in WebAssembly: `prisma migrate` would fetch the same one from its download host.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import { startPostgres } from './postgres-server.js'

export type Provider = 'sqlite' | 'postgresql'

let loaded = false

async function load(): Promise<void> {
  if (loaded) return
  const wasmFile = createRequire(import.meta.url)
    .resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    .replace(/\.js$/, '.wasm')
  const { instance } = await WebAssembly.instantiate(readFileSync(wasmFile), {
    './schema_engine_bg.js': bindings as unknown as WebAssembly.ModuleImports
  })
  bindings.__wbg_set_wasm(instance.exports)
  ;(instance.exports['__wbindgen_start'] as () => void)()
  loaded = true
}

/** Its adapter splits a script at each semicolon, those within functions too; the native engine sends it as a whole. */
class WholeScripts extends PrismaPg {
  override async connect() {
    const connection = await super.connect()
    const executeScript = async (script: string) => {
      await connection.underlyingDriver().query(script)
    }
    return Object.assign(connection, { executeScript })
  }
}

/** The engine on one database. Call `free()` after use. */
export async function engineFor(provider: Provider, schema: string, url: string) {
  await load()
  const adapter = provider === 'sqlite' ? new PrismaLibSql({ url }) : new WholeScripts({ connectionString: url })
  return bindings.SchemaEngine.new(
    { datamodels: [['schema.prisma', schema]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter)
  )
}

const datamodel = (content: string) => ({
  tag: 'schemaDatamodel' as const,
  files: [{ path: 'schema.prisma', content }]
})

/** The SQL that leads from one schema (none: an empty database) to the next. */
export async function diffSchemas(provider: Provider, from: string | undefined, to: string): Promise<string> {
  // A diff of two schemas reads no table, yet the engine connects before it works.
  const server = provider === 'postgresql' ? await startPostgres() : undefined
  const engine = await engineFor(provider, to, server?.url ?? ':memory:')
  try {
    const { stdout } = await engine.diff({
      from: from === undefined ? { tag: 'empty' } : datamodel(from),
      to: datamodel(to),
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] }
    })
    return stdout ?? ''
  } finally {
    engine.free()
    await server?.stop()
  }
}

/** A file as the last commit has it; a migration leads from there to the work tree. */
export function committed(file: string): string | undefined {
  try {
    return execFileSync('git', ['show', `HEAD:${file}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}
