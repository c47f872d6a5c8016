import { AsyncResource } from 'node:async_hooks'
import { type Origin, refusalOf, refusalOfOrigin } from './api-key.js'
import type { Breaker } from './breaker.js'
import type { Clock } from './clock.js'
import type { DenialReason } from './errors.js'
import { publish } from './events.js'
import type { Flights } from './flights.js'
import { hashToken, sameHash } from './hash.js'
import type { KeyCache } from './key-cache.js'
import type { Lookups } from './lookups.js'
import { type FoundKey, isTouched } from './store.js'
import { inspectToken } from './token.js'
import type { Usage } from './usage.js'

/** What became of a token. A denial names the key where the token named one. */
export type Verdict =
  | { readonly accepted: true; readonly found: FoundKey; readonly usedAtMs: number }
  | { readonly accepted: false; readonly reason: DenialReason; readonly found?: FoundKey; readonly cause?: unknown }

export interface VerifierParts {
  readonly cache: KeyCache | undefined
  readonly lookups: Lookups
  readonly flights: Flights
  readonly usage: Usage
  readonly clock: Clock
  readonly prefixes: ReadonlySet<string>
  /** Milliseconds that the database has for an answer. */
  readonly deadlineMs: number
  /** Whether a use is written before the request goes on. */
  readonly writeFirst: boolean
  /** Bounds the writes that `writeFirst` waits for. */
  readonly writing: Breaker
  /** Called for each well-formed token. */
  readonly onTraffic: () => void
}

/** What the checks say of a key, before its use is counted. */
type Judgement = { readonly accepted: true; readonly found: FoundKey } | Extract<Verdict, { accepted: false }>

const denied = (reason: DenialReason, found?: FoundKey): Extract<Verdict, { accepted: false }> => ({
  accepted: false,
  reason,
  ...(found && { found })
})

/** One request: its token's hash, where it comes from, and what is to happen with the verdict. */
interface Question<T> {
  readonly hash: string
  readonly from: Origin
  readonly giveUpAt: number
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
   * has its verdict before this returns.
   */
  async verify<T>(token: string, from: Origin, use: (verdict: Verdict) => T): Promise<T> {
    if (this.#closed) return use(denied('closed'))
    const { cache, deadlineMs, onTraffic, prefixes, writeFirst } = this.#parts
    const form = inspectToken(token, prefixes)
    if (form !== 'ours') return use(denied(form === 'foreign' ? 'foreign_token' : 'bad_checksum'))
    onTraffic()
    const hash = hashToken(token)
    const remembered = writeFirst ? undefined : cache?.get(hash)
    if (remembered !== undefined) return this.#settle(this.#judge(hash, remembered ?? undefined, from), from, use)
    this.#underWay++
    try {
      return await this.#lookUp({ hash, from, use, giveUpAt: performance.now() + deadlineMs, usedAtMs: undefined })
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

  #lookUp<T>(question: Question<T>): Promise<T> {
    const { hash, giveUpAt, use } = question
    return new Promise<T>((resolve, reject) => {
      // What the app does with its verdict may throw; the other waiters must not hear of it.
      const attempt = (work: () => T | Promise<T>) => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      }
      // A look-up answers many requests at once: each goes on in its own AsyncLocalStorage, not in that of who asked first.
      this.#parts.lookups.find(hash, giveUpAt, {
        found: AsyncResource.bind((key) => attempt(() => this.#decide(question, key))),
        failed: AsyncResource.bind(({ cause }) =>
          attempt(() => use({ accepted: false, reason: 'database_unavailable', cause }))
        )
      })
    })
  }

  #decide<T>(question: Question<T>, key: FoundKey | undefined): T | Promise<T> {
    const { hash, from, use, usedAtMs } = question
    const judgement = this.#judge(hash, key, from)
    if (judgement.accepted && this.#parts.writeFirst) return this.#writeThenDecide(question, judgement.found)
    return this.#settle(judgement, from, use, usedAtMs)
  }

  async #writeThenDecide<T>(question: Question<T>, key: FoundKey): Promise<T> {
    const { hash, from, giveUpAt, use } = question
    let { usedAtMs } = question
    const { flights, usage, writing } = this.#parts
    const flight = flights.begin()
    try {
      if (usedAtMs === undefined) {
        usedAtMs = usage.record(key.apiKey.id, from.ip)
        // A count that could not be written is kept: it is no reason to refuse a good key.
        await writing.ask(giveUpAt, () => usage.flush()).catch(() => {})
      }
      // What was read may be what a change has just replaced: it is looked up again, never used.
      if (isTouched(flight, key)) return await this.#lookUp({ ...question, usedAtMs })
      return this.#settle(this.#judge(hash, key, from), from, use, usedAtMs)
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
    const { id: apiKeyId, ownerId } = judgement.found.apiKey
    const usedAtMs = countedAtMs ?? usage.record(apiKeyId, ip)
    publish('keystile:authenticated', () => ({ apiKeyId, ownerId, ip }))
    return use({ accepted: true, found: judgement.found, usedAtMs })
  }

  #judge(hash: string, found: FoundKey | undefined, from: Origin): Judgement {
    if (!found || !sameHash(found.keyHash, hash)) return denied('unknown')
    // A row that says its hash was made otherwise must not pass as a plain one.
    if (found.hashAlg !== null) return denied('damaged', found)
    const reason = refusalOf(found.state, this.#parts.clock()) ?? refusalOfOrigin(found.state, from)
    return reason === undefined ? { accepted: true, found } : denied(reason, found)
  }
}
