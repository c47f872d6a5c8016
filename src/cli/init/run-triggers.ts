import { relative } from 'node:path'
import { triggersSql } from '../../change-feed/triggers.js'
import type { Provider } from '../../sql-names.js'
import { Failure, misuse } from '../failure.js'
import { eolOf } from './eol.js'
import { migrationFor } from './migration-folder.js'
import { datasourceOf } from './plan.js'
import { openProject, schemaArgument } from './project.js'
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
  readonly next: readonly string[]
}

const heading = '-- keystile: triggers that tell of changed keys and owners'

/** What the keys of a config file watch; undefined where there is no such file, or they have no client of the app. */
export type AskConfig = () => Promise<WatchedSchema | undefined>

/**
 * The SQL of the change feed's triggers for a project's schema, and with `append` that SQL in its migration.
 * @param config is asked first: the option `models` and what is read of owners are there, and no schema says them
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
  const configured = await config().catch((error: unknown) => {
    throw unloaded(error)
  })
  if (configured && ownerColumns) throw misuse("--owner-columns: the config file's keys say themselves what they read.")
  const { tables, databaseSchema } = configured ?? watchedTables(project.blocks, ownerColumns)
  const triggers = triggersSql(provider, tables, databaseSchema)
  const sql = `${heading}\n${settingsSql(provider)}\n${triggers}`
  if (append === undefined) return { provider, sql, migration: null, appended: false, next: [] }
  const place = schemaArgument(schema)
  const wanted = append === true ? undefined : append
  const { file, name, sql: before } = migrationFor({ folder: project.migrationsFolder, wanted, tables, place })
  const report = { provider, sql, migration: relative(folder, file), next: [`npx prisma migrate dev${place}`] }
  if (before.replaceAll('\r\n', '\n').includes(triggers)) return { ...report, appended: false }
  if (/\bkeystile_key_inserted\b/.test(before)) {
    throw new Failure(
      'conflict',
      `The migration ${name} has other triggers of keystile's already. Where it was not applied yet, remove them from "${heading}" on and run this again; ` +
        `else make a new one: npx prisma migrate dev --create-only --name keystile_triggers${place}`
    )
  }
  const gap = before === '' || /\n\r?\n$/.test(before) ? '' : before.endsWith('\n') ? '\n' : '\n\n'
  writeAll([{ path: file, before, after: before + `${gap}${sql}`.replaceAll('\n', eolOf(before)) }])
  return { ...report, appended: true }
}

/** What is to be done where a config file is there and can't say what its keys watch. */
function unloaded(error: unknown): unknown {
  if (!(error instanceof Failure) || error.code !== 'misconfigured') return error
  return new Failure(
    error.code,
    `The triggers are those of the config file's keys; where the client is not generated yet, first: npx prisma generate. ${error.message}`
  )
}

/** What triggers need beside themselves: the feed asks for WAL, a file of an app is not in it by itself, and it stays with the file. */
const settingsSql = (provider: Provider) => (provider === 'sqlite' ? 'PRAGMA journal_mode = WAL;\n' : '')
