import { createRequire } from 'node:module'
import { LRUCache } from 'lru-cache'
import { ApiKeyError } from './errors.js'
import { inTurn } from './slow-turns.js'
import { maxBcryptBytes } from './token-form.js'
import { warn } from './warn.js'

const cost = 10
const maxRemembered = 10_000
const maxFailures = 10
const failureWindowMs = 60_000

/** The part of the package bcrypt that is used. */
interface Bcrypt {
  hash(token: string, rounds: number): Promise<string>
  compare(token: string, hash: string): Promise<boolean>
}

/** `throttled`: so many wrong tokens were tried against the row that the next has to wait. */
export type Comparison = 'same' | 'different' | 'throttled'

const missing = 'Keys hashed by bcrypt need the package bcrypt, which is not installed. Run: npm i bcrypt'

const broken =
  'Keys hashed by bcrypt need the package bcrypt, which is installed and can not be loaded. Run: npm rebuild bcrypt'

/** Whether the package is installed, without loading it. */
export function hasBcrypt(): boolean {
  try {
    createRequire(import.meta.url).resolve('bcrypt')
    return true
  } catch {
    return false
  }
}

/** What keeps tokens from being compared with bcrypt hashes, and what to run; undefined where nothing does. */
export const bcryptFault = (): Promise<string | undefined> => import('bcrypt').then(() => undefined, whatIsWrong)

const whatIsWrong = () => (hasBcrypt() ? broken : missing)

let loading: Promise<Bcrypt> | undefined

async function load(): Promise<Bcrypt> {
  loading ??= import('bcrypt').then(({ default: bcrypt }) => bcrypt)
  try {
    return await loading
  } catch (cause) {
    loading = undefined
    const message = whatIsWrong()
    warn('bcrypt_missing', message)
    throw new ApiKeyError('misconfigured', message, { cause })
  }
}

/**
 * The bcrypt hash of a token, made off the event loop; about 50 ms of a processor.
 * @throws ApiKeyError `misconfigured` where bcrypt is not installed
 */
export async function slowHashOf(token: string): Promise<string> {
  const bcrypt = await load()
  return inTurn(() => bcrypt.hash(token, cost))
}

/** PHP's name for the same hash is one that the package does not know. */
const compare = async (token: string, keyHash: string) =>
  (await load()).compare(token, keyHash.replace(/^\$2y\$/, '$2b$'))

/** One compare without any memory of others, for those who manage keys. */
export async function isSlowHashOf(token: string, keyHash: string): Promise<boolean> {
  return Buffer.byteLength(token) <= maxBcryptBytes && inTurn(() => compare(token, keyHash))
}

interface UnderWay {
  readonly isSame: Promise<boolean>
  /** When the last who asked gives up. */
  wantedUntil: number
}

interface Failures {
  count: number
  readonly sinceMs: number
}

/**
 * Compares tokens with bcrypt hashes, off the event loop and a few at once. What a row shows of its token is no secret, so
 * anyone can ask for a compare: each token is compared once, and a row takes so many wrong tokens a minute.
 */
export class SlowHashes {
  /** By the hash of the row and that of the token. */
  readonly #underWay = new Map<string, UnderWay>()
  readonly #answers = new LRUCache<string, Comparison>({ max: maxRemembered })
  readonly #failures = new LRUCache<string, Failures>({ max: maxRemembered })

  /**
   * @param tokenHash the token's SHA-256, by which one that was compared is known again
   * @param giveUpAt how long the answer is waited for, a time of performance.now()
   * @throws ApiKeyError `unavailable` where too many wait already, `misconfigured` where bcrypt is not installed
   */
  async compare(token: string, tokenHash: string, keyHash: string, giveUpAt: number): Promise<Comparison> {
    if (Buffer.byteLength(token) > maxBcryptBytes) return 'different'
    const question = `${keyHash} ${tokenHash}`
    const known = this.#answers.get(question)
    if (known) return known
    const joined = this.#underWay.get(question)
    if (!joined && this.#failuresOf(keyHash).count >= maxFailures) return 'throttled'
    const underWay = joined ?? this.#begin(question, token, keyHash)
    underWay.wantedUntil = Math.max(underWay.wantedUntil, giveUpAt)
    return (await underWay.isSame) ? 'same' : 'different'
  }

  #begin(question: string, token: string, keyHash: string): UnderWay {
    // Counted before its answer: many at once must not pass for the first.
    const failures = this.#failuresOf(keyHash)
    failures.count++
    const turn = {
      attempts: () => failures.count,
      isWanted: () => performance.now() < underWay.wantedUntil
    }
    const isSame = inTurn(() => compare(token, keyHash), turn).then(
      (same) => {
        if (same) failures.count--
        this.#answers.set(question, same ? 'same' : 'different')
        return same
      },
      (error: unknown) => {
        failures.count--
        throw error
      }
    )
    const underWay: UnderWay = { isSame, wantedUntil: 0 }
    this.#underWay.set(question, underWay)
    const done = () => this.#underWay.delete(question)
    isSame.then(done, done)
    return underWay
  }

  #failuresOf(keyHash: string): Failures {
    const known = this.#failures.get(keyHash)
    if (known && performance.now() - known.sinceMs < failureWindowMs) return known
    const fresh = { count: 0, sinceMs: performance.now() }
    this.#failures.set(keyHash, fresh)
    return fresh
  }
}
