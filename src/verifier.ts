import { AsyncResource } from 'node:async_hooks'
import { type Origin, refusalOf, refusalOfOrigin } from './api-key.js'
import type { Breaker } from './breaker.js'
import { type Clock, momentNow } from './clock.js'
import type { DenialReason } from './errors.js'
import { publishAuthenticated } from './events.js'
import type { Flights } from './flights.js'
import { hashToken, type StoredHash, sameOwnDigest } from './hash.js'
import type { KeyCache } from './key-cache.js'
import type { Finder, Finding, Sought } from './key-finder.js'
import { isTouched, type ProvenKey } from './store.js'
import { inspectToken } from './token.js'
import { longestToken } from './token-form.js'
import type { Usage } from './usage.js'

/** What became of a token. A denial names the key where the token named one. */
export type Verdict =
  | { readonly accepted: true; readonly found: ProvenKey; readonly usedAtMs: number }
  | { readonly accepted: false; readonly reason: DenialReason; readonly found?: ProvenKey; readonly cause?: unknown }

export interface VerifierParts {
  readonly cache: KeyCache | undefined
  readonly finder: Finder
  readonly flights: Flights
  readonly usage: Usage
  readonly clock: Clock
  readonly prefixes: ReadonlySet<string>
  /** Milliseconds that the database has for an answer. */
  readonly deadlineMs: number
  /** Whether a use is written before the request goes on. */
  readonly writeFirst: boolean
  /** Bounds the writes that a request waits for. */
  readonly writing: Breaker
  /** Called for a key whose hash the database did not take in place of its old one. */
  readonly onNotReplaced: (key: ProvenKey) => void
  /** Called for each token that is looked for. */
  readonly onTraffic: () => void
}

const denied = (reason: DenialReason, found?: ProvenKey): Extract<Verdict, { accepted: false }> => ({
  accepted: false,
  reason,
  ...(found && { found })
})

/** One request: its token, where it comes from, and what is to happen with the verdict. */
interface Question<T> extends Sought {
  /** Why a token that keystile did not make is refused, unless it was imported. */
  readonly unlessImported: 'foreign_token' | 'bad_checksum' | undefined
  readonly from: Origin
  readonly use: (verdict: Verdict) => T
  /** When the use was counted; undefined where it is not yet. */
  readonly usedAtMs: number | undefined
}

/** From a token to a verdict. */
export class Verifier {
  readonly #parts: VerifierParts
  #underWay = 0
  #closed = false
  #idle: (() => void) | undefined

  constructor(parts: VerifierParts) {
    this.#parts = parts
  }

  /**
   * Verifies a token and hands the verdict to `use` in the same turn in which it was reached: between the last look
   * at what a revocation may have changed and the request's going on, nothing else can run. A key that is remembered
   * has its verdict before this returns: there is a promise only where the database has to be asked.
   */
  verify<T>(token: string, from: Origin, use: (verdict: Verdict) => T): T | Promise<T> {
    if (this.#closed) return use(denied('closed'))
    const { cache, clock, onTraffic, writeFirst } = this.#parts
    // Longer than any token: not even hashed.
    if (!cache || writeFirst || token.length > longestToken) return this.#seek(token, undefined, from, use)
    const tokenHash = hashToken(token)
    const now = momentNow()
    const remembered = cache.get(tokenHash, now)
    if (remembered === undefined) return this.#seek(token, tokenHash, from, use)
    onTraffic()
    const key = remembered ?? undefined
    const atMs = clock(now)
    return use(this.#settle(key, reasonAgainst(key, tokenHash, from, atMs), from, atMs))
  }

  /** Of a token that is not remembered, the form is looked at first: what can be no key does not reach the database. */
  #seek<T>(token: string, tokenHash: string | undefined, from: Origin, use: (verdict: Verdict) => T): T | Promise<T> {
    const { deadlineMs, finder, onTraffic, prefixes } = this.#parts
    const form = inspectToken(token, prefixes)
    const unlessImported = form === 'ours' ? undefined : form === 'foreign' ? 'foreign_token' : 'bad_checksum'
    if (unlessImported && finder.isSurelyForeign(token)) return use(denied(unlessImported))
    onTraffic()
    const giveUpAt = performance.now() + deadlineMs
    const sought = { token, tokenHash: tokenHash ?? hashToken(token), isOurs: form === 'ours', giveUpAt }
    return this.#lookUp({ ...sought, unlessImported, from, use, usedAtMs: undefined })
  }

  async #lookUp<T>(question: Question<T>): Promise<T> {
    this.#underWay++
    try {
      return await this.#find(question)
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#idle?.()
    }
  }

  /** Refuses from now on, and resolves once everything under way has its verdict. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  #find<T>(question: Question<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const decide = (finding: Finding) => {
        // What the app does with its verdict may throw; the other waiters must not hear of it.
        try {
          resolve(this.#decide(question, finding))
        } catch (error) {
          reject(error)
        }
      }
      // A look-up answers many requests at once: each goes on in its own AsyncLocalStorage, not in that of who asked first.
      // AsyncResource.bind() would do the same, and make properties of the function that cost more than the rest.
      const request = new AsyncResource('keystile')
      this.#parts.finder.find(question, (finding) => request.runInAsyncScope(decide, undefined, finding))
    })
  }

  #decide<T>(question: Question<T>, finding: Finding): T | Promise<T> {
    const { tokenHash, unlessImported, from, use, usedAtMs } = question
    if ('failed' in finding) return use({ accepted: false, reason: finding.failed, cause: finding.cause })
    if (finding.isForeign && unlessImported) return use(denied(unlessImported))
    const { key } = finding
    const { clock, finder, writeFirst } = this.#parts
    const atMs = clock()
    const reason = reasonAgainst(key, tokenHash, from, atMs)
    if (key && reason === undefined) {
      const replacement = finder.replacementFor(question, key)
      if (writeFirst || replacement) return this.#writeThenDecide(question, key, replacement)
    }
    return use(this.#settle(key, reason, from, atMs, usedAtMs))
  }

  async #writeThenDecide<T>(question: Question<T>, key: ProvenKey, replacement?: StoredHash): Promise<T> {
    const { tokenHash, from, giveUpAt, use } = question
    let { usedAtMs } = question
    const { finder, flights, onNotReplaced, usage, writeFirst, writing } = this.#parts
    const flight = flights.begin()
    try {
      // What could not be written is no reason to refuse a good key: a count is kept, and a hash replaced at the next look-up.
      if (replacement)
        await writing.ask(giveUpAt, () => finder.replace(key, replacement)).catch(() => onNotReplaced(key))
      if (writeFirst && usedAtMs === undefined) {
        usedAtMs = usage.record(key, from.ip, this.#parts.clock())
        await writing.ask(giveUpAt, () => usage.flush()).catch(() => {})
      }
      // What was read may be what a change has just replaced: it is looked up again, never used.
      if (isTouched(flight, key)) return await this.#find({ ...question, usedAtMs })
      const atMs = this.#parts.clock()
      return use(this.#settle(key, reasonAgainst(key, tokenHash, from, atMs), from, atMs, usedAtMs))
    } finally {
      flights.end(flight)
    }
  }

  /** Counts what becomes of a request, unless that was done, and says it. */
  #settle(
    key: ProvenKey | undefined,
    reason: DenialReason | undefined,
    { ip }: Origin,
    atMs: number,
    countedAtMs?: number
  ): Verdict {
    if (!key || reason === 'unknown') return denied('unknown')
    const { usage } = this.#parts
    if (reason !== undefined) {
      if (countedAtMs === undefined) usage.recordDenied(key.apiKey.id, atMs)
      else usage.recordDeniedUse(key.apiKey.id, countedAtMs)
      return denied(reason, key)
    }
    const usedAtMs = countedAtMs ?? usage.record(key, ip, atMs)
    publishAuthenticated(key.apiKey, ip)
    return { accepted: true, found: key, usedAtMs }
  }
}

/** Why what was found for a token does not let a request in at this time, or undefined where it does. */
function reasonAgainst(
  key: ProvenKey | undefined,
  tokenHash: string,
  from: Origin,
  atMs: number
): DenialReason | undefined {
  if (!key || !sameOwnDigest(key.tokenHash, tokenHash)) return 'unknown'
  return refusalOf(key.state, atMs) ?? refusalOfOrigin(key.state, from)
}
