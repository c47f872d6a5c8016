import { type DenialReason, unavailable } from './errors.js'
import { publish } from './events.js'
import type { Flights } from './flights.js'
import { digestsOf, type HashPolicy, replacementOf, type StoredHash, sameHash } from './hash.js'
import { inTime } from './in-time.js'
import { type KeyCache, provenBy } from './key-cache.js'
import type { Answer, Lookups } from './lookups.js'
import type { SlowHashes } from './slow-hashes.js'
import { type FoundKey, isTouched, type ProvenKey, type Store } from './store.js'
import { isSlip } from './token.js'
import { maxCandidates, shownStarts, type TokenForm } from './token-form.js'
import type { TokenForms } from './token-forms.js'

/** A token that was found to be in nobody's memory. */
export interface Sought {
  readonly token: string
  /** Its SHA-256. */
  readonly tokenHash: string
  /** Whether keystile makes such tokens: others are looked for only where an import recorded their form. */
  readonly isOurs: boolean
  /** A time of performance.now(). */
  readonly giveUpAt: number
}

/** What came of looking for a key by its token. */
export type Finding =
  | { readonly key: ProvenKey | undefined; readonly isForeign: boolean }
  | { readonly failed: DenialReason; readonly cause?: unknown }

export interface FinderParts {
  readonly store: () => Promise<Store>
  readonly cache: KeyCache | undefined
  readonly lookups: Lookups
  readonly flights: Flights
  readonly forms: TokenForms
  readonly slowHashes: SlowHashes
  readonly policy: HashPolicy
  /** Of keystile's own tokens. */
  readonly prefixes: ReadonlySet<string>
}

/** What takes longer was no answer from memory. */
const instantMs = 20

const unknown: Finding = { key: undefined, isForeign: false }
const foreign: Finding = { key: undefined, isForeign: true }

/**
 * From a token to its row: by its digests, and where a slow hash may have been made of it, by what the row shows of it.
 * `answered` is called in the turn in which the last answer came: between the two, nothing can be revoked.
 */
export class Finder {
  readonly #parts: FinderParts

  constructor(parts: FinderParts) {
    this.#parts = parts
  }

  /** Whether a token that keystile did not make is of no form that was imported either, as far as is known without asking. */
  isSurelyForeign(token: string): boolean {
    return this.#parts.forms.known(token)?.some(isForeign) === false
  }

  find(sought: Sought, answered: (finding: Finding) => void): void {
    if (sought.isOurs) return this.#byDigest(sought, [], answered)
    this.#withForms(sought, answered, (fitting) => {
      const forms = fitting.filter(isForeign)
      if (forms.length === 0) answered(foreign)
      else this.#byDigest(sought, forms, answered)
    })
  }

  /** What a good key's hash is to become, as the policy has it now; undefined where it stays. */
  replacementFor({ token }: Sought, key: ProvenKey): StoredHash | undefined {
    return replacementOf(storedIn(key), token, this.#parts.policy)
  }

  async replace(key: ProvenKey, to: StoredHash): Promise<void> {
    await (await this.#parts.store()).replaceHash(key.apiKey.id, storedIn(key), to)
  }

  /** @param otherwise the finding where there is no such row; without it, what a slow hash was made of is looked for then */
  #byDigest(
    sought: Sought,
    forms: readonly TokenForm[],
    answered: (finding: Finding) => void,
    otherwise?: Finding
  ): void {
    const { cache, lookups, policy } = this.#parts
    const { token, tokenHash, giveUpAt } = sought
    const algs = forms.map(({ hashAlg }) => hashAlg)
    const digests = digestsOf(token, tokenHash, policy, algs)
    // A second look must not be answered by the first one's question.
    const id = otherwise ? `${tokenHash} again` : tokenHash
    const question = { id, keyHashes: digests.map(({ keyHash }) => keyHash), keyPrefixes: [] }
    lookups.find(question, giveUpAt, {
      failed: ({ cause }) => answered({ failed: 'database_unavailable', cause }),
      found: (answer) => {
        const key = proven(answer.keys, digests, tokenHash)
        if (key) return this.#remember(key, answer, answered)
        if (otherwise) return answered(otherwise)
        this.#withForms(sought, answered, (fitting, isSameTurn) => {
          const mayBeSlow = (form: TokenForm) => isSlow(form) && (sought.isOurs || isForeign(form))
          // A slow hash has no pepper either.
          const slow = policy.refusesPlain ? [] : fitting.filter(mayBeSlow)
          if (slow.length > 0) return this.#byShownStart(sought, slow, answered)
          if (answer.isUntouched && isSameTurn) cache?.set(tokenHash, undefined, answer.beganAt)
          answered(unknown)
        })
      }
    })
  }

  #byShownStart(sought: Sought, forms: readonly TokenForm[], answered: (finding: Finding) => void): void {
    const { token, tokenHash, giveUpAt } = sought
    this.#parts.lookups.find(
      { id: `${tokenHash} slow`, keyHashes: [], keyPrefixes: shownStarts(token, forms) },
      giveUpAt,
      {
        failed: ({ cause }) => answered({ failed: 'database_unavailable', cause }),
        found: (answer) => {
          // Its hash may have been replaced by a fast one since that was looked for.
          const lookAgain = (otherwise: Finding) => this.#byDigest(sought, forms, answered, otherwise)
          if (answer.keys.length === 0) lookAgain(unknown)
          else void this.#compare(sought, answer, answered, lookAgain)
        }
      }
    )
  }

  async #compare(
    sought: Sought,
    answer: Answer,
    answered: (finding: Finding) => void,
    lookAgain: (otherwise: Finding) => void
  ): Promise<void> {
    const { flights } = this.#parts
    const candidates = candidatesIn(answer.keys)
    const flight = flights.begin()
    const beganAt = performance.now()
    try {
      const finding = await inTime(sought.giveUpAt, this.#compareEach(sought, candidates), notCompared)
      // What was compared may be what a change has just replaced, and where nobody tells of changes only another look says so:
      // it finds the comparison done.
      const isOld = performance.now() - beganAt > instantMs || candidates.some((key) => isTouched(flight, key))
      if (isOld) return this.find(sought, answered)
      if ('key' in finding && finding.key) this.#remember(finding.key, answer, answered)
      else lookAgain(finding)
    } catch (cause) {
      answered({ failed: 'hash_unavailable', cause })
    } finally {
      flights.end(flight)
    }
  }

  async #compareEach({ token, tokenHash, giveUpAt }: Sought, candidates: readonly FoundKey[]): Promise<Finding> {
    let isThrottled = false
    for (const key of candidates) {
      const comparison = await this.#parts.slowHashes.compare(token, tokenHash, key.keyHash, giveUpAt)
      if (comparison === 'same') return { key: provenBy(tokenHash, key), isForeign: false }
      isThrottled ||= comparison === 'throttled'
    }
    return isThrottled ? { failed: 'too_many_attempts' } : unknown
  }

  #remember(key: ProvenKey, { beganAt }: Answer, answered: (finding: Finding) => void): void {
    this.#parts.cache?.set(key.tokenHash, key, beganAt)
    answered({ key, isForeign: false })
  }

  #withForms(
    { token, isOurs, giveUpAt }: Sought,
    answered: (finding: Finding) => void,
    then: (forms: readonly TokenForm[], isSameTurn: boolean) => void
  ): void {
    const { forms, prefixes } = this.#parts
    const known = forms.known(token)
    if (known) return then(known, true)
    forms.read(token, giveUpAt).then(
      (read) => then(read, false),
      // Of a token that may have been imported, nobody can say now that it is none.
      (cause: unknown) =>
        answered(!isOurs && isSlip(token, prefixes) ? foreign : { failed: 'database_unavailable', cause })
    )
  }
}

/** Whether tokens that keystile did not make can be of a form. */
const isForeign = ({ alphabet }: TokenForm) => alphabet !== 'keystile'
const isSlow = ({ hashAlg }: TokenForm) => hashAlg === 'bcrypt'

/** Those that show more of their tokens first: few others show the same. */
function candidatesIn(keys: readonly FoundKey[]): readonly FoundKey[] {
  const starts = [...new Set(keys.map(({ apiKey }) => apiKey.keyPrefix))]
  starts.sort((one, other) => other.length - one.length)
  return starts.flatMap((start) => keys.filter(({ apiKey }) => apiKey.keyPrefix === start).slice(0, maxCandidates))
}

const storedIn = ({ keyHash, hashAlg }: FoundKey) => ({ keyHash, hashAlg }) as StoredHash

/**
 * The row that has one of a token's digests. One that says its hash was made otherwise is damaged: a row must not choose
 * the weaker reading of its hash.
 */
function proven(keys: readonly FoundKey[], digests: readonly StoredHash[], tokenHash: string): ProvenKey | undefined {
  for (const digest of digests) {
    const key = keys.find(({ keyHash }) => sameHash(keyHash, digest.keyHash))
    if (!key) continue
    if (key.hashAlg === digest.hashAlg) return provenBy(tokenHash, key)
    publish('keystile:damaged', () => ({ apiKeyId: key.apiKey.id, fields: ['hashAlg'] }))
    return { ...provenBy(tokenHash, key), state: { ...key.state, unreadable: [...key.state.unreadable, 'hashAlg'] } }
  }
  return undefined
}

const notCompared = () => unavailable('A bcrypt hash was not compared in time.', 'hash_unavailable')
