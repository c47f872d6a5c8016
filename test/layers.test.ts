/** Imports go one way: a file imports only from rows above its own. */
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, type SourceFile, sourceFiles } from './helpers/source-tree.js'

/** The modules of src/, lowest first. A name stands for `name.ts`, or for all files of the folder `name/`. */
const rows: readonly (readonly string[])[] = [
  /*  1 */ ['errors', 'duration', 'clock', 'characters', 'spelling', 'in-time', 'sql-names', 'remembering'],
  /*  2 */ ['scopes', 'events', 'refusals', 'breaker', 'ip', 'driver'],
  /*  3 */ ['limits', 'catalogue', 'warn', 'token-form', 'model-option', 'slow-turns', 'hash-index', 'bounded-map'],
  /*  4 */ ['api-key', 'token', 'hash', 'credentials', 'flights'],
  /*  5 */ ['audit', 'change-feed', 'owner-rules', 'client-types', 'slow-hashes', 'imported-key'],
  /*  6 */ ['store'],
  /*  7 */ [
    'prisma-store',
    'key-input',
    'lookups',
    'key-cache',
    'token-forms',
    'find-by-token',
    'hash-options',
    'tally'
  ],
  /*  8 */ ['database', 'usage', 'changes', 'cursor', 'usage-report', 'key-finder', 'refresher', 'import'],
  /*  9 */ ['verifier', 'keys', 'key-lists', 'key-history', 'key-import', 'key-source', 'health'],
  /* 10 */ ['options'],
  /* 11 */ ['open-store', 'shared-feed'],
  /* 12 */ ['open-feed'],
  /* 13 */ ['instance'],
  /* 14 */ ['close'],
  /* 15 */ ['create-api-keys'],
  /* 16 */ ['migrate', 'doctor', 'answer', 'origin', 'registered'],
  /* 17 */ ['mark', 'page'],
  /* 18 */ ['request-fields'],
  /* 19 */ ['middleware', 'guards', 'rate-limit', 'router'],
  /* 20 */ ['index', 'testing'],
  /* 21 */ ['cli']
]

/** From this row on, files may know Express. */
const firstExpressRow = 16

/** Only these modules may know Prisma, a database driver or the generated clients. */
const databaseModules = ['change-feed', 'prisma-store', 'database']
const databasePackage = /^(@prisma\/|@libsql\/|libsql$|pg$|pg\/)/

/** `src/cli/main.ts` -> `cli`, `src/token.ts` -> `token`. */
const moduleOf = (path: string) => path.replace(/^src\//, '').replace(/(\/|\.[cm]?tsx?$).*/, '')

const rowOf = (module: string) => rows.findIndex((row) => row.includes(module)) + 1

function mistakesIn({ path, text }: SourceFile): string[] {
  const own = moduleOf(path)
  const ownRow = rowOf(own)
  if (ownRow === 0) return [`${path} is in no row: add '${own}' to the table in test/layers.test.ts`]
  return importsOf(text).flatMap((name) => {
    const mistake = mistakeOfImport(own, ownRow, path, name)
    return mistake === undefined ? [] : [`${path} (row ${ownRow}) imports '${name}': ${mistake}`]
  })
}

function mistakeOfImport(own: string, ownRow: number, path: string, name: string): string | undefined {
  if (!name.startsWith('.')) {
    if (/^express(\/|$)/.test(name) && ownRow < firstExpressRow)
      return `only row ${firstExpressRow} and up know Express`
    if (/^keystile(\/|$)/.test(name)) return 'src imports its own files by relative paths'
    if (databasePackage.test(name) && !databaseModules.includes(own)) return onlyDatabaseModules
    return undefined
  }
  const target = posix.join(posix.dirname(path), name)
  if (!target.startsWith('src/')) return 'it is outside of src'
  const other = moduleOf(target.replace(/\.[cm]?jsx?$/, '.ts'))
  if (other === 'generated') return databaseModules.includes(own) ? undefined : onlyDatabaseModules
  if (other === own) return undefined
  const row = rowOf(other)
  if (row === 0) return `'${other}' is in no row`
  return row < ownRow ? undefined : `'${other}' is in row ${row}, and imports lead only to rows above`
}

const onlyDatabaseModules = `only ${databaseModules.join(', ')} know the database`

describe('the files of src', () => {
  test('each module stands in one row only', () => {
    const names = rows.flat()
    expect(names).toEqual([...new Set(names)])
  })

  test('each file imports only what its row may', () => {
    expect(sourceFiles('src').flatMap(mistakesIn)).toEqual([])
  })
})

describe('the rule itself', () => {
  const mistakes = (path: string, text: string) => mistakesIn({ path, text }).join('\n')

  test.each([
    ['a row above', 'src/token.ts', "import { x } from './errors.js'"],
    ['its own folder', 'src/cli/main.ts', "import { x } from './output.js'"],
    ['a module that is a folder', 'src/options.ts', "import { x } from './prisma-store/store.js'"],
    ['a row above, from a folder', 'src/cli/main.ts', "import type { x } from '../create-api-keys.js'"],
    ['node', 'src/hash.ts', "import { createHash } from 'node:crypto'"],
    ['Express in the upper rows', 'src/guards.ts', "import type { Request } from 'express'"],
    ['Prisma in prisma-store', 'src/prisma-store/client.ts', "import '@prisma/client'"],
    ['the generated clients in database', 'src/database/open.ts', "await import('../generated/sqlite/client.js')"],
    ['an example in a comment', 'src/errors.ts', "/**\n * import { x } from './guards.js'\n */"]
  ])('%s passes', (_, path, text) => {
    expect(mistakes(path, text)).toBe('')
  })

  test.each([
    ['a row below', 'src/errors.ts', "import { x } from './token.js'", 'in row 4'],
    ['the same row', 'src/errors.ts', "import { x } from './clock.js'", 'in row 1'],
    ['a type of a row below', 'src/errors.ts', "import type {\n  X\n} from './token.js'", 'in row 4'],
    ['a re-export', 'src/errors.ts', "export * from './token.js'", 'in row 4'],
    ['a lazy import', 'src/errors.ts', "const x = await import('./token.js')", 'in row 4'],
    ['an import of a type in place', 'src/errors.ts', "type X = import('./token.js').Token", 'in row 4'],
    ['Express in the lower rows', 'src/options.ts', "import type { Request } from 'express'", 'know Express'],
    ['Prisma elsewhere', 'src/keys.ts', "import { Prisma } from '@prisma/client'", 'know the database'],
    ['a driver elsewhere', 'src/cli/main.ts', "import pg from 'pg'", 'know the database'],
    ['a generated client elsewhere', 'src/keys.ts', "import './generated/sqlite/client.js'", 'know the database'],
    ['a file of the tests', 'src/keys.ts', "import '../test/helpers/databases.js'", 'outside of src'],
    ['a file in no row', 'src/novel.ts', '', "add 'novel' to the table"]
  ])('%s fails', (_, path, text, message) => {
    expect(mistakes(path, text)).toContain(message)
  })
})
