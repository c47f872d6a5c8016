import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { WatchedTables } from '../../change-feed.js'
import { quote } from '../../sql-names.js'
import { Failure, misuse } from '../failure.js'

interface Migration {
  readonly name: string
  readonly file: string
  readonly sql: string
}

interface Wanted {
  readonly folder: string
  /** The migration's folder; the newest one by default. */
  readonly wanted: string | undefined
  readonly tables: WatchedTables
  /** What commands of Prisma's need to find the schema. */
  readonly place: string
}

/**
 * The migration that the triggers belong into: one that makes the table of keys, or is made after that for them.
 * @throws Failure where it is no such migration, with what to run
 */
export function migrationFor({ folder, wanted, tables, place }: Wanted): Migration {
  const createOnly = (name: string) => `npx prisma migrate dev --create-only --name ${name}${place}`
  const all = migrationsIn(folder)
  const chosen = wanted === undefined ? all.at(-1) : named(wanted, folder)
  if (!chosen) {
    throw new Failure('not_found', `There are no migrations in ${folder} yet. Make one: ${createOnly('keystile')}`)
  }
  const makesKeys = makes(tables.keys)
  const makesOwners = makes(tables.owners ?? tables.keys)
  // A table that is made anew has lost its triggers; an empty migration was made for what is to come into it.
  const isFor = wanted !== undefined || [makesKeys, makesOwners, isEmpty].some((holds) => holds(chosen.sql))
  if (isFor && all.some(({ name, sql }) => name <= chosen.name && makesKeys(sql))) return chosen
  const maker = all.findLast(({ sql }) => makesKeys(sql))
  if (!maker) {
    throw new Failure(
      'not_found',
      `No migration in ${folder} makes the table ${tables.keys} yet. First: ${createOnly('keystile')}`
    )
  }
  throw new Failure(
    'conflict',
    `The migration ${chosen.name} does not make the table ${tables.keys}; ${maker.name} does, and may have been applied. ` +
      `Make one for the triggers: ${createOnly('keystile_triggers')}, then run this again.`
  )
}

function migrationsIn(folder: string): Migration[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : []
  return names.flatMap((name) => {
    const file = join(folder, name, 'migration.sql')
    return existsSync(file) ? [{ name, file, sql: readFileSync(file, 'utf8') }] : []
  })
}

function named(wanted: string, folder: string): Migration {
  const file = [resolve(wanted), join(folder, wanted)]
    .map((path) => join(path, 'migration.sql'))
    .find((path) => existsSync(path))
  if (file === undefined) throw misuse(`--append: there is no migration ${wanted}, neither here nor in ${folder}.`)
  return { name: basename(join(file, '..')), file, sql: readFileSync(file, 'utf8') }
}

/** Made, or made anew by a rename. */
function makes(table: string): (sql: string) => boolean {
  const name = quote(table).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const statement = new RegExp(`(?:CREATE TABLE(?: IF NOT EXISTS)? (?:"(?:[^"]|"")+"\\.)?|RENAME TO )${name}(?![\\w"])`)
  return (sql) => statement.test(sql)
}

const isEmpty = (sql: string): boolean => sql.replace(/^--.*$/gm, '').trim() === ''
