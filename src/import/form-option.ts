import { type ApiKeyError, describe, invalidArgument } from '../errors.js'
import { ownFields } from '../key-input.js'
import { type ForeignAlphabet, foreignAlphabets, longestToken, shortestToken } from '../token-form.js'

/** What the imported keys' tokens look like, where that is known; what is left out is told by the rows, or wide. */
export interface ImportForm {
  /** What every token begins with: `'sk_'`. `''` where they have no prefix: then `length` and `alphabet` must be given. */
  readonly prefix?: string
  /** Characters of a whole token, its prefix included: 16 to 255. */
  readonly length?: number
  /** Instead of `length`, where it varies. 20 by default. */
  readonly minLength?: number
  /** 255 by default. */
  readonly maxLength?: number
  /** What stands behind the prefix. Default `token68`, which is all that a Bearer credential can have. */
  readonly alphabet?: ForeignAlphabet
}

const maxPrefixLength = 64
const prefixForm = /^[0-9A-Za-z._~+/-]*$/

/** @throws ApiKeyError `invalid_argument` */
export function parseForm(value: unknown): ImportForm {
  if (value === undefined) return {}
  const form = ownFields('form', value as ImportForm, ['prefix', 'length', 'minLength', 'maxLength', 'alphabet'])
  const { prefix, length, minLength, maxLength, alphabet } = form
  if (
    prefix !== undefined &&
    !(typeof prefix === 'string' && prefixForm.test(prefix) && prefix.length <= maxPrefixLength)
  )
    throw refuse(
      `form.prefix must be what tokens begin with, such as "sk_": at most ${maxPrefixLength} letters, digits, or - . _ ~ + /`
    )
  for (const [name, count] of Object.entries({ length, minLength, maxLength }))
    if (count !== undefined && !(Number.isInteger(count) && count >= shortestToken && count <= longestToken))
      throw refuse(
        `form.${name} must be a whole number from ${shortestToken} to ${longestToken}, not ${describe(count)}`
      )
  if (length !== undefined && (minLength !== undefined || maxLength !== undefined))
    throw refuse('form takes length, or minLength and maxLength, not both')
  const least = length ?? minLength ?? shortestToken
  if (least > (length ?? maxLength ?? longestToken)) throw refuse('form.minLength is more than form.maxLength')
  if (prefix !== undefined && prefix.length >= (length ?? maxLength ?? longestToken))
    throw refuse('form.prefix leaves nothing for the rest of a token')
  if (alphabet !== undefined && !foreignAlphabets.includes(alphabet))
    throw refuse(`form.alphabet must be one of ${foreignAlphabets.join(', ')}`)
  if (
    prefix === '' &&
    (alphabet === undefined || (length === undefined && minLength !== maxLength) || least === shortestToken)
  )
    throw refuse(
      'Tokens without a prefix can be told from others by nothing but their length and alphabet: give form.length (more than 16) and form.alphabet'
    )
  return form
}

const refuse = (message: string): ApiKeyError => invalidArgument('form', `${message}.`)
