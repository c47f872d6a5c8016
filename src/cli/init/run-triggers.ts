import { relative } from 'node:path'
import { quote } from '../../change-feed/quote.js'
import { triggersSql } from '../../change-feed/triggers.js'
import { Failure, misuse } from '../failure.js'
import { eolOf } from './eol.js'
import { migrationFor } from './migration-folder.js'
import { keyModelIn } from './ours-there.js'
import { datasourceOf } from './plan.js'
import { openProject } from './project.js'
import { type WatchedSchema, watchedTables } from './watched-tables.js'
import { writeAll } from './write.js'

export interface TriggersRequest {
  readonly schema?: string
  readonly ownerColumns?: readonly string[]
  /** True: into the newest migration; a text: into that one. */
  readonly append?: true | string
}

export interface TriggersReport {
  readonly provider: string
  readonly sql: string
  /** The migration, with --append. */
  readonly migration: string | null
  /** False where the SQL was in it already. */
  readonly appended: boolean
}

const heading = '-- keystile: triggers that tell of changed keys and owners'

/** What the keys of a config file watch; undefined where there is no such file. */
export type AskConfig = () => Promise<WatchedSchema | undefined>

/**
 * The SQL of the change feed's triggers for a project's schema, and with `append` that SQL in its migration.
 * @param config is asked where no model of the schema is keystile's by its fields: the option `models` says which is
 * @throws Failure
 */
export async function runTriggers(
  folder: string,
  request: TriggersRequest,
  config: AskConfig
): Promise<TriggersReport> {
  const { schema, ownerColumns, append } = request
  const project = await openProject(folder, schema)
  const { provider } = datasourceOf(project.blocks)
  const configured = keyModelIn(project.blocks) ? undefined : await config()
  if (configured && ownerColumns) throw misuse("--owner-columns: the config file's keys say themselves what they read.")
  const { tables, databaseSchema } = configured ?? watchedTables(project.blocks, ownerColumns)
  const sql = `${heading}\n${settingsSql(provider, databaseSchema)}\n${triggersSql(provider, tables)}`
  if (append === undefined) return { provider, sql, migration: null, appended: false }
  const {
    file,
    name,
    sql: before
  } = migrationFor(project.migrationsFolder, append === true ? undefined : append, tables)
  const report = { provider, sql, migration: relative(folder, file) }
  if (before.replaceAll('\r\n', '\n').includes(sql)) return { ...report, appended: false }
  if (/\bkeystile_key_inserted\b/.test(before)) {
    throw new Failure(
      'conflict',
      `The migration ${name} has other triggers of keystile's already. Where it was not applied yet, remove them from "${heading}" on and run this again; ` +
        'else make a new one: npx prisma migrate dev --create-only --name keystile_triggers'
    )
  }
  const gap = before === '' || /\n\r?\n$/.test(before) ? '' : before.endsWith('\n') ? '\n' : '\n\n'
  writeAll([{ path: file, before, after: before + `${gap}${sql}`.replaceAll('\n', eolOf(before)) }])
  return { ...report, appended: true }
}

/** What triggers need beside themselves. */
function settingsSql(provider: 'sqlite' | 'postgresql', databaseSchema: string | undefined): string {
  // The feed asks for it, an app's own file is not in it by itself, and it stays with the file.
  if (provider === 'sqlite') return 'PRAGMA journal_mode = WAL;\n'
  // In a script of several statements this holds until its end, as Prisma sends it.
  return databaseSchema === undefined ? '' : `SET LOCAL search_path TO ${quote(databaseSchema)};\n`
}
