import { type HashAlg, hasForm, longestToken, maxBcryptBytes, type TokenForm } from '../token-form.js'
import type { ImportForm } from './form-option.js'
import { prefixesOf } from './prefixes.js'

const defaultShortest = 20
/** bcrypt: with less, too many tokens would be compared with each key. */
const leastBehindPrefix = 6

/** What a form is told by. */
export interface Shown {
  readonly alg: HashAlg
  /** The beginning of the token that the row shows; null where it shows none. */
  readonly shown: string | null
}

/** The form of each of these, in their order, or why there is none. */
export function formsOf(rows: readonly Shown[], given: ImportForm): readonly (TokenForm | string)[] {
  const prefixes = prefixesOf(rows.map(({ shown }) => shown ?? ''))
  return rows.map((row, index) => {
    const prefix = given.prefix ?? prefixes[index]
    if (prefix === undefined) return unknownPrefix
    return tooLittle(row, longestOf(prefix, prefixes[index], prefixes)) ?? formOf(row, prefix, given)
  })
}

/** What several keys show alike is no part of a secret, whatever their prefix is said to be; of one alone, who knows. */
function longestOf(prefix: string, told: string | undefined, all: readonly (string | undefined)[]): number {
  const isShared = told !== undefined && all.indexOf(told) !== all.lastIndexOf(told)
  return Math.max(prefix.length, isShared ? told.length : 0)
}

function tooLittle({ alg, shown }: Shown, prefixLength: number): string | undefined {
  if (alg !== 'bcrypt' || (shown?.length ?? 0) - prefixLength >= leastBehindPrefix) return undefined
  return `a bcrypt hash is found by key_prefix, which has to show at least ${leastBehindPrefix} characters of the token behind its prefix`
}

const unknownPrefix =
  'key_prefix does not show a beginning that ends in _ and that other keys have too, so tokens of these keys can not be told from others. ' +
  'Say what they begin with: --token-prefix sk- (form.prefix)'

function formOf({ alg, shown }: Shown, prefix: string, given: ImportForm): TokenForm | string {
  if (shown !== null && !(shown.startsWith(prefix) || prefix.startsWith(shown)))
    return `key_prefix does not begin with ${JSON.stringify(prefix)}, as form.prefix says`
  const { length, alphabet = 'token68' } = given
  const shownLength = alg === 'bcrypt' ? (shown?.length ?? 0) : 0
  const minLength = length ?? given.minLength ?? Math.max(defaultShortest, prefix.length + 1, shownLength)
  const most = length ?? given.maxLength ?? longestToken
  const maxLength = alg === 'bcrypt' && length === undefined ? Math.min(most, maxBcryptBytes) : most
  if (alg === 'bcrypt' && maxLength > maxBcryptBytes)
    return `bcrypt reads ${maxBcryptBytes} bytes of a token, and these have ${maxLength}: whoever knows the first ${maxBcryptBytes} would have the key`
  if (minLength > maxLength) return `tokens of at least ${minLength} characters can not have ${maxLength} at most`
  const form = { prefix, alphabet, minLength, maxLength, hashAlg: alg, shownLength }
  if (shown === null) return form
  // As long as a token of this form has to be, the rest made up: what is shown must fit.
  const sample = shown.length > prefix.length ? shown.padEnd(minLength, '0') : prefix.padEnd(minLength, '0')
  if (!hasForm(sample, form)) return `key_prefix has characters that no token of this form has (${alphabet})`
  return form
}
