import type { Provider } from '../../sql-names.js'
import { Failure } from '../failure.js'
import type { OurNames } from './our-names.js'
import type { Block } from './schema.js'
import { databaseSchemaOf, tableOf } from './schema-names.js'

interface Wanted {
  readonly provider: Provider
  readonly names: OurNames
  /** The package's names of the models that are to be added. */
  readonly adding: readonly string[]
  readonly databaseSchema: string | undefined
}

/** @throws Failure `conflict` where the app has a model, an enum or a table with a name that keystile's are to have */
export function refuseClashes(blocks: readonly Block[], { provider, names, adding, databaseSchema }: Wanted): void {
  const named = blocks.filter(({ keyword }) => ['model', 'view', 'enum', 'type'].includes(keyword))
  const stored = named.filter(
    ({ keyword }) => keyword === 'model' || keyword === 'view' || (keyword === 'enum' && provider === 'postgresql')
  )
  // SQLite's names of tables have no case.
  const fold = (table: string | undefined) => (provider === 'sqlite' ? table?.toLowerCase() : table)
  for (const own of adding) {
    const [model, table] = [names.models.get(own), names.tables.get(own)]
    const sameName = named.find(({ name }) => name === model)
    if (sameName) throw clash(`${article(sameName.keyword)} ${sameName.name} that is not keystile's`, sameName, own)
    const sameTable = stored.find(
      (block) => fold(tableOf(block)) === fold(table) && databaseSchemaOf(block) === databaseSchema
    )
    if (sameTable) {
      throw clash(
        `${article(sameTable.keyword)} ${sameTable.name} whose name in the database is ${tableOf(sameTable)}, as that of keystile's is to be`,
        sameTable,
        own
      )
    }
  }
}

const article = (keyword: string) => (keyword === 'enum' ? 'an enum' : `a ${keyword}`)

function clash(what: string, { file, line }: Block, own: string): Failure {
  const wayOut =
    own === 'KeystileChange'
      ? 'Rename it: triggers write to a table of this name.'
      : "Keep it, and give keystile's models and tables another name: npx keystile init --key-model ApiToken. Keys of an old table go on to work once they are imported: npx keystile import --help" +
        (own === 'ApiKey'
          ? " Where it is keystile's with fields that you renamed, nothing is to be added: the option models of createApiKeys has to name them."
          : '')
  return new Failure('conflict', `The schema has ${what} (${file}:${line}). Nothing was changed. ${wayOut}`)
}
