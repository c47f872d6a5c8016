/** How a stored hash was made. A row's hashAlg is null for sha256. */
export const hashAlgs = ['sha256', 'sha512', 'hmac', 'bcrypt'] as const
export type HashAlg = (typeof hashAlgs)[number]

/** What may stand behind a token's prefix. */
const alphabets = {
  /** Of keystile's own tokens, which have a checksum besides: no token without it is of such a form. */
  keystile: /^[0-9A-Za-z]+$/,
  base62: /^[0-9A-Za-z]+$/,
  base64url: /^[0-9A-Za-z_-]+$/,
  hex: /^[0-9A-Fa-f]+$/,
  /** All that a Bearer credential can have (RFC 6750 section 2.1). */
  token68: /^[0-9A-Za-z._~+/-]+=*$/
} as const

export type Alphabet = keyof typeof alphabets

export const alphabetNames = Object.keys(alphabets) as readonly Alphabet[]

/** What the tokens of other systems may have behind their prefix. */
export type ForeignAlphabet = Exclude<Alphabet, 'keystile'>

export const foreignAlphabets = alphabetNames.filter((name) => name !== 'keystile')

/** No form has shorter tokens, or longer ones. */
export const shortestToken = 16
export const longestToken = 255

/** bcrypt reads no further: what stands behind is not part of the secret (OWASP Password Storage Cheat Sheet). */
export const maxBcryptBytes = 72
/** So many keys with slow hashes may show the same beginning: no more are ever compared with one token. */
export const maxCandidates = 5

/** Of other systems' credentials, those that are no keys and often come beside them (RFC 7519 section 3). */
const jwt = /^eyJ[0-9A-Za-z_-]*\.[0-9A-Za-z_-]*\.[0-9A-Za-z_-]*$/

/** Whether there can be a form that a token is of. */
export const mayHaveForm = (token: string): boolean =>
  token.length >= shortestToken && token.length <= longestToken && alphabets.token68.test(token) && !jwt.test(token)

/**
 * A form of tokens that keystile did not make, or whose hashes are not found by a digest. An import records it: only
 * such tokens are looked up beside keystile's own.
 */
export interface TokenForm {
  readonly prefix: string
  readonly alphabet: Alphabet
  /** Of the whole token, with its prefix. */
  readonly minLength: number
  readonly maxLength: number
  readonly hashAlg: HashAlg
  /** How many characters of the token its keyPrefix shows, where keys are found by that (bcrypt); else 0. */
  readonly shownLength: number
}

/** Whether a token may be of a form; the work is bounded by the form's length, not the token's. */
export function hasForm(token: string, { prefix, alphabet, minLength, maxLength }: TokenForm): boolean {
  if (token.length < minLength || token.length > maxLength || !token.startsWith(prefix)) return false
  return alphabets[alphabet].test(token.slice(prefix.length))
}

/** What rows with slow hashes of a token may show of it, by the forms that it fits. */
export const shownStarts = (token: string, forms: readonly TokenForm[]): readonly string[] => [
  ...new Set(forms.map(({ shownLength }) => shownStart(token, shownLength)))
]

/** What is stored of a token, so that people can tell keys apart and a slow hash can be found. */
export const shownStart = (token: string, length: number): string => `${token.slice(0, length)}...`

/** Each form once. */
export function distinctForms(forms: readonly TokenForm[]): readonly TokenForm[] {
  const known = new Map(forms.map((form) => [JSON.stringify(Object.values(form)), form]))
  return [...known.values()]
}
