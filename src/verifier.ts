import { refusalOf } from './api-key.js'
import type { Clock } from './clock.js'
import type { DenialReason } from './errors.js'
import { type Id, publish } from './events.js'
import type { Flight, Flights } from './flights.js'
import { hashToken, sameHash } from './hash.js'
import { Patience, Unanswered } from './patience.js'
import type { FoundKey, Store } from './store.js'
import { inspectToken } from './token.js'
import type { Usage } from './usage.js'

/** What became of a token. A denial names the key where the token named one. */
export type Verdict =
  | { readonly accepted: true; readonly found: FoundKey }
  | { readonly accepted: false; readonly reason: DenialReason; readonly found?: FoundKey; readonly cause?: unknown }

export interface VerifierParts {
  readonly store: () => Promise<Store>
  readonly flights: Flights
  readonly usage: Usage
  readonly clock: Clock
  readonly prefixes: ReadonlySet<string>
  /** Milliseconds that the database has for an answer. */
  readonly deadlineMs: number
  /** Whether a use is written before the request goes on. */
  readonly writeFirst: boolean
}

const denied = (reason: DenialReason, found?: FoundKey): Verdict => ({
  accepted: false,
  reason,
  ...(found && { found })
})

/** From a token to a verdict. */
export class Verifier {
  readonly #parts: VerifierParts
  readonly #patience = new Patience()
  readonly #writing = new Patience()
  #underWay = 0
  #closed = false
  #idle: (() => void) | undefined

  constructor(parts: VerifierParts) {
    this.#parts = parts
  }

  /**
   * Verifies a token and hands the verdict to `use` in the same turn in which it was reached: between the last look
   * at what a revocation may have changed and the request's going on, nothing else can run.
   */
  async verify<T>(token: string, ip: string | null, use: (verdict: Verdict) => T): Promise<T> {
    if (this.#closed) return use(denied('closed'))
    const form = inspectToken(token, this.#parts.prefixes)
    if (form !== 'ours') return use(denied(form === 'foreign' ? 'foreign_token' : 'bad_checksum'))
    this.#underWay++
    try {
      return await this.#lookUp(hashToken(token), ip, use)
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

  async #lookUp<T>(hash: string, ip: string | null, use: (verdict: Verdict) => T): Promise<T> {
    const { flights, deadlineMs } = this.#parts
    const giveUpAt = performance.now() + deadlineMs
    let counted = false
    for (;;) {
      const flight = flights.begin()
      try {
        const found = await this.#patience.ask(giveUpAt, () => this.#find(hash))
        let verdict = this.#judge(hash, found)
        if (verdict.accepted && this.#parts.writeFirst && !counted) {
          counted = true
          await this.#writeUse(verdict.found.apiKey.id, ip, giveUpAt)
          verdict = this.#judge(hash, found)
        }
        // What was read may be what a change has just replaced: it is looked up again, never used.
        if (found && isTouched(flight, found)) continue
        if (verdict.accepted && !counted) this.#parts.usage.record(verdict.found.apiKey.id, ip)
        return this.#settle(verdict, ip, use)
      } catch (cause) {
        if (!(cause instanceof Unanswered)) throw cause
        return use({ accepted: false, reason: 'database_unavailable', cause: cause.cause })
      } finally {
        flights.end(flight)
      }
    }
  }

  #settle<T>(verdict: Verdict, ip: string | null, use: (verdict: Verdict) => T): T {
    if (verdict.accepted) {
      const { id: apiKeyId, ownerId } = verdict.found.apiKey
      publish('keystile:authenticated', () => ({ apiKeyId, ownerId, ip }))
    }
    return use(verdict)
  }

  async #find(hash: string): Promise<FoundKey | undefined> {
    const store = await this.#parts.store()
    return store.findByHash(hash)
  }

  #judge(hash: string, found: FoundKey | undefined): Verdict {
    if (!found || !sameHash(found.keyHash, hash)) return denied('unknown')
    // A row that says its hash was made otherwise must not pass as a plain one.
    if (found.hashAlg !== null) return denied('damaged', found)
    const reason = refusalOf(found.state, this.#parts.clock())
    return reason === undefined ? { accepted: true, found } : denied(reason, found)
  }

  async #writeUse(apiKeyId: Id, ip: string | null, giveUpAt: number): Promise<void> {
    const { usage } = this.#parts
    usage.record(apiKeyId, ip)
    // A count that could not be written is kept: it is no reason to refuse a good key.
    await this.#writing.ask(giveUpAt, () => usage.flush()).catch(() => {})
  }
}

function isTouched({ touched, touchedAll }: Flight, { apiKey: { id, ownerId } }: FoundKey): boolean {
  return touchedAll || (touched.size > 0 && (touched.has(String(id)) || touched.has(String(ownerId))))
}
