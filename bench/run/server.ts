/** One target, up and listening, and what one round of load costs it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Load, leadSecondsOf, type TargetName } from '../plan.js'
import { program } from '../prepare/places.js'
import type { Measured, Part } from '../report/measured.js'
import { Child } from './child.js'
import type { Pinning } from './cores.js'
import type { Dataset } from './dataset.js'
import { type Answered, type LoadOrder, type LoadReport, wrongIn } from './load-order.js'
import type { Listening, Usage } from './serve-main.js'
import type { WriteCounter } from './writes.js'

/** keystile writes its counts a second after the first of them. */
const flushMs = 1_100

/** Less CPU than this in a tenth of a second is an idle process. */
const idleMicros = 3_000

/** A queue of writes that nobody awaited may be long; what takes longer than this is left out of the figure. */
const longestSettleMs = 20_000

/** Of a remembered key in keystile: from the first on it is read again behind a request, from the second on before it. */
const oldMs = 45_000
const maxAgeMs = 60_000

/** To meet many keys with, so that their look-ups travel together. */
const meetingConnections = 200

export interface ServerSettings {
  readonly target: TargetName
  readonly dataset: Dataset
  readonly writes: WriteCounter | undefined
  /** Whether its work may pile up behind the answers. */
  readonly putsOff: boolean
  readonly pinning: Pinning | undefined
  readonly nodeArgs?: readonly string[]
}

export class Server {
  readonly target: TargetName
  readonly #child: Child
  readonly #writes: WriteCounter | undefined
  readonly #putsOff: boolean
  readonly #tokens: number
  #port = 0
  #remembered = { from: Number.NEGATIVE_INFINITY, to: Number.NEGATIVE_INFINITY }

  private constructor({ target, dataset, writes, putsOff, pinning, nodeArgs = [] }: ServerSettings) {
    this.target = target
    this.#writes = writes
    this.#putsOff = putsOff
    this.#tokens = dataset.tokens
    // Else each turn begins with code that is compiled again: V8 takes it away from a process that has nothing to do.
    const steady = ['--no-memory-reducer', ...nodeArgs]
    const settings = { name: target, cores: pinning?.server, nodeArgs: steady }
    this.#child = new Child(program('serve-main'), [target, JSON.stringify(dataset)], settings)
  }

  static async start(settings: ServerSettings): Promise<Server> {
    const server = new Server(settings)
    server.#port = (await server.#child.ask<Listening>('listening')).port
    return server
  }

  get port(): number {
    return this.#port
  }

  /** What the heap holds when nothing is left that could go. */
  collected(): Promise<Usage> {
    return this.#child.ask<Usage>('collected')
  }

  /** How often it has gone to sleep and was woken, for a test of its rest. */
  wakes(): Promise<number> {
    return this.#child.ask<number>('wakes')
  }

  end(): Promise<void> {
    return this.#child.end()
  }

  /** Sends this load, and tells no more of it than what a request cost, in microseconds. */
  async warm(client: Child, load: Load, order: Omit<LoadOrder, 'port'>): Promise<number> {
    const before = await this.#child.ask<Usage>('usage')
    await this.#send(client, load, order, 'warming up')
    const after = this.#putsOff ? await this.#settled() : await this.#child.ask<Usage>('usage')
    return (after.cpuMicros - before.cpuMicros) / (after.answered - before.answered)
  }

  /** Has it meet each key once. */
  async remember(client: Child, load: Load): Promise<void> {
    const { hotKeys } = load
    const from = performance.now()
    await this.#send(
      client,
      load,
      { hotKeys, connections: meetingConnections, seconds: 0, unknownPart: 0, order: 'each' },
      'meeting each key'
    )
    this.#remembered = { from, to: performance.now() }
    await sleep(flushMs)
    await this.#settled()
  }

  /**
   * Whether no key will be too old during so many turns of so many seconds. In a process that is always busy keys get old a
   * few at a time; in one that waits for its turn, all of them at once.
   */
  remembersFor(turns: number, seconds: number): boolean {
    const takesMs = turns * (seconds + leadSecondsOf(this.target)) * 1_000
    return performance.now() + takesMs < this.#remembered.from + maxAgeMs
  }

  /** Waits until keys are so old that the next pass has all of them read again. */
  async grownOld(): Promise<void> {
    await sleep(Math.max(0, this.#remembered.to + oldMs - performance.now()))
  }

  /**
   * Sends this load, after a lead without a gap between them, and measures from the lead's end: a server in use, to which the
   * second before has left as much work as this one leaves to the next. Where work piles up there is no such balance: then all
   * of it is waited for, and the lead is measured too.
   * @throws where an answer is not as it should be
   */
  async meet(client: Child, load: Load, order: Omit<LoadOrder, 'port' | 'leadSeconds'>): Promise<Measured> {
    const early = this.#putsOff ? await this.#child.ask<Usage>('start') : undefined
    const leadSeconds = leadSecondsOf(this.target)
    const sent = this.#send(client, load, { ...order, leadSeconds }, 'in a round')
    // Awaited below; that it fails meanwhile is no failure that nobody handles.
    sent.catch(() => {})
    await sleep(leadSeconds * 1_000)
    const writtenBefore = await this.#writes?.count()
    const before = early ?? (await this.#child.ask<Usage>('start'))
    const report = await sent
    const writtenAfter = await this.#writes?.count()
    const after = this.#putsOff ? await this.#settled() : await this.#child.ask<Usage>('usage')
    await this.#child.ask('rest')
    return {
      ...partOf(report.known, report.seconds),
      unknown: order.unknownPart > 0 ? partOf(report.unknown, report.seconds) : undefined,
      cpuMicros: (after.cpuMicros - before.cpuMicros) / (after.answered - before.answered),
      loopMaxMs: after.loopMaxMs,
      loopP99Ms: after.loopP99Ms,
      rssBytes: after.rssBytes,
      heapBytes: after.heapBytes,
      writesPerSecond:
        writtenBefore === undefined || writtenAfter === undefined
          ? undefined
          : (writtenAfter - writtenBefore) / report.seconds,
      loadBusy: report.cpuMicros / 1e6 / report.seconds
    }
  }

  async #send(client: Child, load: Load, order: Omit<LoadOrder, 'port'>, when: string): Promise<LoadReport> {
    const hotKeys = Math.min(order.hotKeys, this.#tokens)
    const report = await client.ask<LoadReport>('load', { ...order, hotKeys, port: this.#port })
    // Everybody is let in where there is no authentication.
    const wrong = wrongIn(report, { unknown: this.target === 'bare' ? 200 : 401 })
    if (wrong !== undefined) throw new Error(`${this.target}, on the load "${load.name}", ${when}: ${wrong}.`)
    return report
  }

  /** Its usage when what it put off is done, too: that is part of what a request costs. */
  async #settled(): Promise<Usage> {
    const usage = () => this.#child.ask<Usage>('usage')
    let last = await usage()
    for (const startedAt = performance.now(); performance.now() - startedAt < longestSettleMs; ) {
      await sleep(100)
      const now = await usage()
      if (now.cpuMicros - last.cpuMicros < idleMicros) return now
      last = now
    }
    return last
  }
}

function partOf({ answered, p50Micros, p99Micros }: Answered, seconds: number): Part {
  return { requests: answered, perSecond: answered / seconds, p50Micros, p99Micros }
}
