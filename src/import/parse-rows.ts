import { describe, type RowProblem } from '../errors.js'
import type { HashPolicy } from '../hash.js'
import type { ImportedKey } from '../imported-key.js'
import { hasBcrypt } from '../slow-hashes.js'
import { distinctForms, type HashAlg, type TokenForm } from '../token-form.js'
import { type ColumnRules, readColumns } from './columns.js'
import type { ImportForm } from './form-option.js'
import { formsOf } from './forms.js'
import { Problems } from './problems.js'
import type { RowNote } from './report.js'
import { type ParsedRow, type RowRules, readRow } from './row.js'
import { placeOf, type SourceRow } from './source-row.js'
import { isPlainObject } from './values.js'

export interface ImportRules extends RowRules, ColumnRules {
  readonly form: ImportForm
  /** Which hashes are good here. */
  readonly policy: HashPolicy
}

export interface ParsedRows {
  readonly keys: readonly ImportedKey[]
  /** What was said of tokens; none where their forms were only told by the rows. */
  readonly forms: readonly TokenForm[]
  readonly notes: readonly RowNote[]
  readonly problems: readonly RowProblem[]
  readonly badRows: ReadonlySet<number>
}

interface GoodRow {
  readonly source: SourceRow
  readonly parsed: ParsedRow
}

const noSecret =
  'its hash is an HMAC, and no secret is set to check it with: give it in createApiKeys({ acceptHmac: [secret] }), or as hash: { hmac: [secret] } where new keys are to have it too (on the command line --hmac-secret-env <name> will do)'

const plainRefused = (alg: HashAlg) =>
  `its hash (${alg}) was made without a secret, and such are refused here: set hash: { hmac: [...], plain: 'upgrade' } until these keys were used`

const bcryptMissing = 'keys hashed by bcrypt need the package bcrypt, which is not installed here: npm i bcrypt'

/** Why a key with such a hash could not be used; undefined where it can. */
function uselessness(alg: HashAlg, { secrets, refusesPlain }: HashPolicy): string | undefined {
  if (alg === 'hmac') return secrets.length === 0 ? noSecret : undefined
  return refusesPlain ? plainRefused(alg) : undefined
}

/** From rows as they came to keys as they are to be, or what is wrong with them. Nothing is asked of a database. */
export function parseRows(rows: readonly SourceRow[], rules: ImportRules): ParsedRows {
  const problems = new Problems()
  const notes: RowNote[] = []
  const good = rows.flatMap((source) => {
    const parsed = parseOne(source, rules, problems, notes)
    return parsed ? [{ source, parsed }] : []
  })
  refuseRepeated(good, problems)
  const slow = good.find(({ parsed }) => parsed.alg === 'bcrypt')
  if (slow && !hasBcrypt()) notes.push({ ...placeOf(slow.source), reason: bcryptMissing })
  const forms = formsOf(
    good.map(({ parsed }) => parsed),
    rules.form
  )
  const keys = good.flatMap(({ source, parsed }, index) => {
    const form = forms[index]
    if (typeof form === 'object') return [keyOf(source, parsed, form)]
    problems.add(source, form ?? '')
    return []
  })
  const said = Object.values(rules.form).some((value) => value !== undefined)
    ? distinctForms(keys.map(({ form }) => form))
    : []
  return { keys, forms: said, notes, problems: problems.all, badRows: problems.rows }
}

function parseOne(source: SourceRow, rules: ImportRules, problems: Problems, notes: RowNote[]): ParsedRow | undefined {
  const { value, broken } = source
  if (broken !== undefined || !isPlainObject(value)) {
    problems.add(source, broken ?? `a row must be an object, not ${describe(value)}`)
    return undefined
  }
  const { cells, faults } = readColumns(value, rules)
  for (const fault of faults) problems.addCommon(source, fault)
  const reading = readRow(cells, rules)
  for (const reason of reading.reasons) problems.add(source, reason)
  for (const reason of reading.notes) notes.push({ ...placeOf(source), reason })
  const useless = reading.parsed && uselessness(reading.parsed.alg, rules.policy)
  if (useless !== undefined) problems.addCommon(source, useless)
  return faults.length > 0 || useless !== undefined ? undefined : reading.parsed
}

/** Of two rows with one hash, or one id, which is meant is not to be told. */
function refuseRepeated(good: readonly GoodRow[], problems: Problems): void {
  const seen = new Map<string, SourceRow>()
  const once = (what: string, value: string, source: SourceRow) => {
    const key = `${what} ${value}`
    const earlier = seen.get(key)
    if (!earlier) return seen.set(key, source)
    const where = earlier.line === undefined ? '' : ` (line ${earlier.line})`
    return problems.add(source, `it has the same ${what} as row ${earlier.row}${where}`)
  }
  for (const { source, parsed } of good) {
    once('hash', parsed.keyHash, source)
    if (parsed.id !== undefined) once('id', parsed.id, source)
  }
}

function keyOf({ row }: SourceRow, { alg, shown, ...parsed }: ParsedRow, form: TokenForm): ImportedKey {
  return {
    ...parsed,
    row,
    hashAlg: storedAlg(alg),
    keyPrefix: `${shown ?? form.prefix}...`,
    form
  }
}

const storedAlg = (alg: HashAlg) => (alg === 'sha256' ? null : alg)
