import { describe, invalidArgument } from '../errors.js'
import { ownFields } from '../key-input.js'
import { misspelt, showName } from '../spelling.js'
import { type HashAlg, hashAlgs } from '../token-form.js'
import { type Column, columnNamed, columns } from './columns.js'
import { type ImportForm, parseForm } from './form-option.js'

export interface ImportOptions {
  /** Only says what would be done. Default false. */
  readonly dryRun?: boolean
  /** Makes owners that are not there, where they are keystile's own. Default false. */
  readonly createOwners?: boolean
  /** What tokens of these keys look like. Default: told by what the rows show of them, and wide. */
  readonly form?: ImportForm
  /** How keys are hashed where a row does not say so. Default: told by the form of the hash. */
  readonly hash?: HashAlg
  /** Columns that have another name in the rows: theirs to ours, `{ hashed: 'key_hash' }`. */
  readonly columns?: Readonly<Record<string, string>>
  /** Columns that are left out. */
  readonly ignoreColumns?: readonly string[]
}

const known = ['dryRun', 'createOwners', 'form', 'hash', 'columns', 'ignoreColumns']

/** @throws ApiKeyError `invalid_argument` */
export function parseImportOptions(options: ImportOptions = {}) {
  const given = ownFields('import', options, known)
  const { dryRun = false, createOwners = false, hash, ignoreColumns = [] } = given
  for (const [name, value] of Object.entries({ dryRun, createOwners }))
    if (typeof value !== 'boolean')
      throw invalidArgument(name, `${name} must be true or false, not ${describe(value)}.`)
  if (hash !== undefined && !hashAlgs.includes(hash))
    throw invalidArgument('hash', `hash must be one of ${hashAlgs.join(', ')}.`)
  if (!Array.isArray(ignoreColumns) || ignoreColumns.some((name) => typeof name !== 'string'))
    throw invalidArgument('ignoreColumns', 'ignoreColumns must be an array of names.')
  return {
    dryRun,
    createOwners,
    hash,
    form: parseForm(given.form),
    names: parseNames(given.columns),
    ignored: new Set<string>(ignoreColumns)
  }
}

function parseNames(value: unknown): ReadonlyMap<string, Column> {
  if (value === undefined) return new Map()
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument('columns', `columns must be an object of names, not ${describe(value)}.`)
  return new Map(
    Object.entries(value).map(([theirs, ours]) => {
      const column = typeof ours === 'string' ? columnNamed(ours) : undefined
      if (column) return [theirs, column] as const
      const what = typeof ours === 'string' ? misspelt(ours, columns) : `${describe(ours)}.`
      throw invalidArgument('columns', `columns: ${showName(theirs)} can't be ${what}`)
    })
  )
}
