/** `npx tsx bench/prisma/make.ts` writes the tables of the schemas beside it as SQL, which seeds run: checked in. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const schema of schemas) writeFileSync(join(folder, `${schema.name}.sql`), await tablesOf(schema))
}
