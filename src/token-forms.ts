import type { Breaker } from './breaker.js'
import { ageMs, type Moment, momentNow } from './clock.js'
import { unavailable } from './errors.js'
import { inTime } from './in-time.js'
import type { Store } from './store.js'
import { hasForm, mayHaveForm, type TokenForm } from './token-form.js'

/** With a feed that tells of imports, this bounds what nobody thought of. */
const maxAgeMs = 60_000
/** Where nobody tells of imports, or they could not be read, a foreign token makes them be read again, so often at most. */
const retryMs = 1_000

export interface TokenFormsParts {
  readonly store: () => Promise<Store>
  readonly breaker: Breaker
  /** Milliseconds that the database has for its answer. */
  readonly deadlineMs: number
  /** Whether somebody tells of keys that are added, as an import by another process does. */
  readonly isTold: () => boolean
  /** A form that tokens were taken for is there no more. */
  readonly onGone: () => void
  /** Whether there is a database that could have any: a foreign token must not make one. */
  readonly isThere: () => boolean
}

/** Knows which tokens are looked up beside those that keystile makes: those of a form that an import recorded. */
export class TokenForms {
  readonly #parts: TokenFormsParts
  #forms: readonly TokenForm[] = []
  #readAt: Moment | undefined
  #wasRead = false
  #knownAsOf = 0
  #triedAt: Moment | undefined
  #reading: { readonly since: number; readonly done: Promise<void> } | undefined
  #additions = 0

  constructor(parts: TokenFormsParts) {
    this.#parts = parts
  }

  /** Keys were added, and perhaps a form with them. */
  keysWereAdded(): void {
    this.#additions++
    this.#readAt = undefined
    this.#triedAt = undefined
  }

  /** The forms that a token fits, as far as is known without asking; undefined where it has to be asked. */
  known(token: string): readonly TokenForm[] | undefined {
    return this.#isKnown || !mayHaveForm(token) ? this.#fitting(token) : undefined
  }

  /**
   * The same, asked for. Where the database does not answer, it is what was known before.
   * @param giveUpAt a time of performance.now()
   * @throws ApiKeyError `unavailable` where nothing was known before
   */
  async read(token: string, giveUpAt: number): Promise<readonly TokenForm[]> {
    await inTime(giveUpAt, this.load(), notRead).catch(() => {})
    if (!this.#wasRead) throw notRead()
    return this.#fitting(token)
  }

  /** Reads the forms, once for all who ask while nothing was added. */
  load(): Promise<void> {
    const since = this.#additions
    if (this.#reading?.since === since) return this.#reading.done
    const done = this.#read().finally(() => {
      if (this.#reading?.done === done) this.#reading = undefined
    })
    this.#reading = { since, done }
    return done
  }

  get #isKnown(): boolean {
    if (this.#readAt && ageMs(this.#readAt) < (this.#parts.isTold() ? maxAgeMs : retryMs)) return true
    const justTried = this.#triedAt !== undefined && ageMs(this.#triedAt) < retryMs
    return (this.#wasRead && justTried) || !this.#parts.isThere()
  }

  async #read(): Promise<void> {
    const { store, breaker, deadlineMs } = this.#parts
    const additions = this.#additions
    const beganAt = momentNow()
    try {
      const forms = await breaker.ask(performance.now() + deadlineMs, async () => (await store()).listForms())
      // A later question may have been answered sooner.
      if (additions < this.#knownAsOf) return
      const isThere = new Set(forms.map(textOf))
      if (!this.#forms.every((form) => isThere.has(textOf(form)))) this.#parts.onGone()
      this.#forms = forms
      this.#knownAsOf = additions
      this.#wasRead = true
      // What was added while the question was out may be missing.
      if (additions === this.#additions) this.#readAt = beganAt
    } catch {
      this.#triedAt = momentNow()
    }
  }

  #fitting(token: string): readonly TokenForm[] {
    return mayHaveForm(token) ? this.#forms.filter((form) => hasForm(token, form)) : []
  }
}

const textOf = ({ prefix, alphabet, minLength, maxLength, hashAlg, shownLength }: TokenForm) =>
  JSON.stringify([prefix, alphabet, minLength, maxLength, hashAlg, shownLength])

const notRead = () => unavailable('Which tokens of other systems were imported could not be read from the database.')
