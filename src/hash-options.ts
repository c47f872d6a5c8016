import { describe, describeText, describeWord } from './errors.js'
import { type HashPolicy, secretOf } from './hash.js'
import { hasBcrypt } from './slow-hashes.js'
import { misspelt } from './spelling.js'
import { tokenLength } from './token.js'
import { maxBcryptBytes } from './token-form.js'

export interface PepperOptions {
  /**
   * Secrets of HMAC-SHA-256, 32 characters or more, the newest first: new keys are hashed with that one, and those that were
   * hashed without a secret or with an older one are hashed anew when they are next looked up.
   */
  readonly hmac: readonly string[]
  /** What becomes of keys that were hashed without a secret: hashed anew at their next use, or refused. Default `upgrade`. */
  readonly plain?: 'upgrade' | 'refuse'
}

export interface HashOptions {
  /**
   * How tokens are hashed: `sha256`, which is enough for 256 random bits; `{ hmac: [...] }` with a pepper, so that whoever
   * reads the database alone can't even tell whether a token is in it; or `bcrypt` where a policy demands it, at about 50 ms
   * of a processor for each key that is not remembered (npm i bcrypt). Default `sha256`.
   */
  readonly hash?: 'sha256' | 'bcrypt' | PepperOptions
  /** Secrets of imported HMAC-SHA-256 hashes, each 1 character or more: such keys stay valid. Default none. */
  readonly acceptHmac?: readonly string[]
}

const minSecretLength = 32

/** @throws TypeError on what is not understood; no secret is in its message */
export function parseHashPolicy({ hash = 'sha256', acceptHmac = [] }: HashOptions, prefix: string): HashPolicy {
  const imported = secretsIn('acceptHmac', acceptHmac, 1)
  if (hash === 'sha256') return { current: 'sha256', secrets: imported, refusesPlain: false }
  if (hash === 'bcrypt') {
    requireBcrypt(prefix)
    return { current: 'bcrypt', secrets: imported, refusesPlain: false }
  }
  if (typeof hash !== 'object' || hash === null || Array.isArray(hash))
    throw new TypeError(`hash must be 'sha256', 'bcrypt' or { hmac: [secret] }, not ${describeHash(hash)}.`)
  const stranger = Object.keys(hash).find((name) => name !== 'hmac' && name !== 'plain')
  if (stranger !== undefined) throw new TypeError(`hash knows no option ${misspelt(stranger, ['hmac', 'plain'])}`)
  const { hmac, plain = 'upgrade' } = hash
  if (plain !== 'upgrade' && plain !== 'refuse')
    throw new TypeError(`hash.plain must be 'upgrade' or 'refuse', not ${describeWord(plain)}.`)
  const own = secretsIn('hash.hmac', hmac, minSecretLength, ' Make one with: openssl rand -base64 32')
  if (own.length === 0)
    throw new TypeError('hash.hmac needs a secret at least: the first is the one that new keys are hashed with.')
  return { current: 'hmac', secrets: [...own, ...imported], refusesPlain: plain === 'refuse' }
}

/** The name of another hash is shown; what is longer than any may be the secret itself. */
const describeHash = (hash: unknown) =>
  typeof hash === 'string' && hash.length > 12 ? describeText(hash) : describeWord(hash)

function secretsIn(option: string, value: unknown, least: number, hint = '') {
  if (!Array.isArray(value)) throw new TypeError(`${option} must be an array of secrets, not ${describe(value)}.`)
  for (const secret of value as readonly unknown[])
    if (typeof secret !== 'string' || secret.length < least)
      throw new TypeError(
        `${option}: a secret is a string of ${least} character${least === 1 ? '' : 's'} or more, ${
          typeof secret === 'string' ? `and this one has ${secret.length}` : `not ${describe(secret)}`
        }.${hint}`
      )
  return (value as readonly string[]).map(secretOf)
}

function requireBcrypt(prefix: string): void {
  if (tokenLength(prefix) > maxBcryptBytes)
    throw new TypeError(
      `hash: 'bcrypt' reads ${maxBcryptBytes} bytes of a token: the prefix may have ${maxBcryptBytes - tokenLength('')} characters at most, not ${prefix.length}.`
    )
  if (!hasBcrypt())
    throw new TypeError("hash: 'bcrypt' needs the package bcrypt, which is not installed. Run: npm i bcrypt")
}
