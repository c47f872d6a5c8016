import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { madeOf } from './characters.js'
import type { HashAlg } from './token-form.js'

/**
 * What is stored of a token and looked up: the hexadecimal SHA-256 of the whole of it. A secret of 256 random bits
 * needs no slow hash (OWASP ASVS 5.0, 6.5.2): nobody can try them all.
 */
export function hashToken(token: string): string {
  return hash('sha256', token)
}

const isHex = madeOf('0123456789abcdef')

/** Two buffers for each length that a digest has: a comparison has no turn of its own, so all can share them. */
const scratch = new Map([64, 128].map((length) => [length, [new Uint8Array(length), new Uint8Array(length)] as const]))

/** Whether two hexadecimal digests are the same, in a time that does not tell how far they agree. */
export function sameHash(one: string, other: string): boolean {
  // A row holds anything: of other characters a buffer has the low byte alone, which may pass for a digit.
  return one.length === other.length && isHex(one) && isHex(other) && sameOwnDigest(one, other)
}

/** The same, for digests that keystile made itself: they have only digits, which it does not look at. */
export function sameOwnDigest(one: string, other: string): boolean {
  const buffers = one.length === other.length ? scratch.get(one.length) : undefined
  if (!buffers) return false
  const [left, right] = buffers
  // Here, not by Buffer: to leave JavaScript once more takes a request longer than 64 digits do.
  for (let i = 0; i < one.length; i++) {
    left[i] = one.charCodeAt(i)
    right[i] = other.charCodeAt(i)
  }
  return timingSafeEqual(left, right)
}

/** A hash as a row has it; null is SHA-256. */
export interface StoredHash {
  readonly keyHash: string
  readonly hashAlg: Exclude<HashAlg, 'sha256'> | null
}

/** How the hashes of new keys are made, and which others are good. */
export interface HashPolicy {
  readonly current: 'sha256' | 'hmac' | 'bcrypt'
  /** Of HMAC-SHA-256, the newest first; where new keys have one, it is the first. */
  readonly secrets: readonly KeyObject[]
  /** Whether digests that were made without a secret are refused. */
  readonly refusesPlain: boolean
}

/** Not a string or a buffer, which a log of an object would show. */
export const secretOf = (text: string): KeyObject => createSecretKey(Buffer.from(text, 'utf8'))

const hmac = (token: string, secret: KeyObject): StoredHash => ({
  keyHash: createHmac('sha256', secret).update(token).digest('hex'),
  hashAlg: 'hmac'
})

const sha512 = (token: string): StoredHash => ({
  keyHash: hash('sha512', token),
  hashAlg: 'sha512'
})

/**
 * The digests under which a token may be stored, that of new keys first. Slow hashes are not among them: they are found by
 * what a row shows of its token.
 * @param tokenHash its SHA-256, which is there already
 */
export function digestsOf(
  token: string,
  tokenHash: string,
  { secrets, refusesPlain }: HashPolicy,
  algs: readonly HashAlg[] = []
): StoredHash[] {
  const peppered = secrets.map((secret) => hmac(token, secret))
  if (refusesPlain) return peppered
  const plain: StoredHash = { keyHash: tokenHash, hashAlg: null }
  return [...peppered, plain, ...(algs.includes('sha512') ? [sha512(token)] : [])]
}

/** Every digest that there can be, the refused ones too: for a token that has to be found whatever the policy says. */
export const allDigestsOf = (token: string, policy: HashPolicy): StoredHash[] =>
  digestsOf(token, hashToken(token), { ...policy, refusesPlain: false }, ['sha512'])

/**
 * What a good key's hash is to become, or undefined where it stays: a pepper replaces all that was made without it or with an
 * older one, a digest replaces a slow hash, and a policy of slow hashes replaces none.
 */
export function replacementOf(
  { keyHash, hashAlg }: StoredHash,
  token: string,
  { current, secrets }: HashPolicy
): StoredHash | undefined {
  const [newest] = secrets
  if (current === 'hmac' && newest) {
    const wanted = hmac(token, newest)
    return hashAlg === 'hmac' && sameHash(keyHash, wanted.keyHash) ? undefined : wanted
  }
  return current === 'sha256' && hashAlg === 'bcrypt' ? { keyHash: hashToken(token), hashAlg: null } : undefined
}

/** The digest of a new key. */
export function newDigest(token: string, { current, secrets }: HashPolicy): StoredHash {
  const [newest] = secrets
  return current === 'hmac' && newest ? hmac(token, newest) : { keyHash: hashToken(token), hashAlg: null }
}
