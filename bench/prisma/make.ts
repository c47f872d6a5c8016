/**
 * What is made of the schemas beside it.
 *   npx tsx bench/prisma/make.ts sql       the tables as SQL, which is checked in: seeds run it
 *   npx tsx bench/prisma/make.ts clients   bench/generated/, which is not: needed once after `npm ci` in bench/
 */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { diffSchemas, type Provider } from '../../scripts/schema-engine.js'

const folder = dirname(fileURLToPath(import.meta.url))

/** Each schema, and the database that it is for. */
export const schemas: readonly { readonly name: string; readonly provider: Provider }[] = [
  { name: 'sqlite', provider: 'sqlite' },
  { name: 'postgresql', provider: 'postgresql' },
  { name: 'better-auth', provider: 'postgresql' }
]

/** The SQL of a schema's tables, as Prisma's own engine writes it. */
export const tablesOf = ({ name, provider }: (typeof schemas)[number]) =>
  diffSchemas(provider, undefined, readFileSync(join(folder, `${name}.prisma`), 'utf8'))

/** Generates the clients, with the Prisma of bench/. */
export async function makeClients(): Promise<void> {
  const prisma = join(folder, '../node_modules/prisma/build/index.js')
  // Generating needs no schema engine, yet the CLI fetches it unless one is named.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1' }
  for (const { name } of schemas) {
    const args = [prisma, 'generate', `--schema=${join(folder, `${name}.prisma`)}`]
    await promisify(execFile)(process.execPath, args, { cwd: join(folder, '..'), env })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === 'clients') await makeClients()
  else if (process.argv[2] === 'sql') {
    for (const schema of schemas) writeFileSync(join(folder, `${schema.name}.sql`), await tablesOf(schema))
  } else throw new Error('Say what to make: sql or clients.')
}
