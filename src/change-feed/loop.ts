import { randomBytes } from 'node:crypto'
import type { ChangeFeed, FeedSettings, Moment } from '../change-feed.js'
import { failureOf } from './failure.js'
import { proofOf, tellPayload } from './payloads.js'
import { proveHearing } from './prove.js'
import type { Hearing, Session, Source } from './session.js'
import { backoff, moment, rest } from './time.js'

export type LoopSettings = Omit<FeedSettings, 'tables'> & { readonly random?: (() => number) | undefined }

/** So long after a request barriers go on. */
const awakeMs = 5_000

/** One session from its opening to its end. */
interface Life {
  over: boolean
  session?: Session
}

/** What both feeds have in common: one session, opened when a request comes in, and one barrier after the other. */
export class FeedLoop implements ChangeFeed {
  readonly #source: Source
  readonly #settings: LoopSettings
  readonly #closing = new AbortController()
  #life: Life | undefined
  #running: Promise<void> | undefined
  /** Whether a request came in since that was last looked at. */
  #isWanted = false
  #wantedAt = Number.NEGATIVE_INFINITY
  #retryAt = Number.NEGATIVE_INFINITY
  #failures = 0
  /** Why the feed was lost, as far as it was told; undefined while it is not. */
  #toldCode: string | undefined

  constructor(source: Source, settings: LoopSettings) {
    this.#source = source
    this.#settings = settings
  }

  wake(): void {
    // Each request comes by here: it reads no clock while the feed is awake.
    this.#isWanted = true
    if (this.#running || this.#closed || performance.now() < this.#retryAt) return
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#life?.session?.close()
    await this.#running
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Ends by itself where no requests come in; the session stays open, and hears. */
  async #run(): Promise<void> {
    this.#life ??= { over: false }
    const life = this.#life
    try {
      const session = life.session ?? (await this.#begin(life))
      while (!life.over && !this.#closed && this.#isAwake()) {
        const askedAt = moment()
        if (await session.ask()) this.#tellBarrier(life, askedAt)
        await rest(askedAt.monotonicMs + this.#source.everyMs - performance.now(), this.#closing.signal)
      }
    } catch (error) {
      this.#end(life, error)
    }
  }

  #isAwake(): boolean {
    const nowMs = performance.now()
    if (this.#isWanted) this.#wantedAt = nowMs
    this.#isWanted = false
    return nowMs - this.#wantedAt < awakeMs
  }

  async #begin(life: Life): Promise<Session> {
    const { prove, listener } = this.#settings
    const { signal } = this.#closing
    const nonce = randomBytes(16).toString('hex')
    let heard = false
    const hearing = this.#hearing(life, (payload) => {
      heard ||= payload === proofOf(nonce)
    })
    const session = await this.#source.open(hearing, signal)
    life.session = session
    if (this.#closed) await session.close()
    await proveHearing({
      write: () => prove(nonce),
      look: () => session.look(),
      heard: () => heard,
      deafness: this.#source.deafness,
      signal
    })
    if (!life.over && !this.#closed) listener.everythingChanged()
    return session
  }

  #hearing(life: Life, watch: (payload: string) => void): Hearing {
    const { listener } = this.#settings
    const counts = () => !life.over && !this.#closed
    return {
      payload: (text) => {
        watch(text)
        if (counts()) tellPayload(listener, text)
      },
      everythingChanged: () => {
        if (counts()) listener.everythingChanged()
      },
      ended: (error) => this.#end(life, error)
    }
  }

  #tellBarrier(life: Life, askedAt: Moment): void {
    if (life.over || this.#closed) return
    this.#failures = 0
    this.#toldCode = undefined
    this.#settings.listener.barrier(askedAt)
  }

  #end(life: Life, error: unknown): void {
    if (life.over || this.#closed) return
    life.over = true
    this.#life = undefined
    life.session?.close().catch(() => {})
    this.#failures++
    this.#retryAt = performance.now() + backoff(this.#failures, this.#settings.random ?? Math.random)
    const failure = failureOf(error)
    if (failure.code === this.#toldCode) return
    this.#toldCode = failure.code
    this.#settings.listener.lost(failure)
  }
}
