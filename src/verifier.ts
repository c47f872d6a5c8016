import { AsyncResource } from 'node:async_hooks'
import { type Origin, refusalOf, refusalOfOrigin } from './api-key.js'
import type { Breaker } from './breaker.js'
import { type Clock, momentNow } from './clock.js'
import type { DenialReason } from './errors.js'
import { publishAuthenticated } from './events.js'
import type { Flights } from './flights.js'
import { hashToken, type StoredHash, sameHash } from './hash.js'
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

/** What the checks say of a key, before its use is counted. */
type Judgement =
  | { readonly accepted: true; readonly found: ProvenKey; readonly judgedAtMs: number }
  | Extract<Verdict, { accepted: false }>

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
    return this.#settle(this.#judge(tokenHash, remembered ?? undefined, from, clock(now)), from, use)
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
    const judgement = this.#judge(tokenHash, finding.key, from)
    const { finder, writeFirst } = this.#parts
    const replacement = judgement.accepted ? finder.replacementFor(question, judgement.found) : undefined
    if (judgement.accepted && (writeFirst || replacement))
      return this.#writeThenDecide(question, judgement.found, replacement)
    return this.#settle(judgement, from, use, usedAtMs)
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
      return this.#settle(this.#judge(tokenHash, key, from), from, use, usedAtMs)
    } finally {
      flights.end(flight)
    }
  }

  #settle<T>(judgement: Judgement, { ip }: Origin, use: (verdict: Verdict) => T, countedAtMs?: number): T {
    const { usage } = this.#parts
    if (!judgement.accepted) {
      const { found } = judgement
      if (found && countedAtMs !== undefined) usage.recordDeniedUse(found.apiKey.id, countedAtMs)
      else if (found) usage.recordDenied(found.apiKey.id)
      return use(judgement)
    }
    const { found, judgedAtMs } = judgement
    const usedAtMs = countedAtMs ?? usage.record(found, ip, judgedAtMs)
    publishAuthenticated(found.apiKey, ip)
    return use({ accepted: true, found, usedAtMs })
  }

  #judge(tokenHash: string, found: ProvenKey | undefined, from: Origin, judgedAtMs = this.#parts.clock()): Judgement {
    if (!found || !sameHash(found.tokenHash, tokenHash)) return denied('unknown')
    const reason = refusalOf(found.state, judgedAtMs) ?? refusalOfOrigin(found.state, from)
    return reason === undefined ? { accepted: true, found, judgedAtMs } : denied(reason, found)
  }
}
