/** Process: the load. Argument: the file of the tokens. It sends what it is asked to, and tells what came back. */
import { createHistogram } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import autocannon, { type Client } from 'autocannon'
import { answer } from './answering.js'
import { readTokens } from './dataset.js'
import type { Answered, LoadOrder, LoadReport } from './load-order.js'

const [tokensFile = '', tokenModule = ''] = process.argv.slice(2)
const { createToken } = (await import(pathToFileURL(tokenModule).href)) as { createToken(prefix: string): string }

/** Of autocannon's client: it ends by itself when it has made so many requests, and an answer is never left unread. */
interface Ending extends Client {
  responseMax: number
  reqsMade: number
}

class Tally {
  readonly #micros = createHistogram()
  readonly statuses: Record<string, number> = {}
  answered = 0

  /** @param counts whether it came after the lead, of which nothing else is told than what went wrong */
  add(status: number, milliseconds: number, counts: boolean): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1
    if (!counts) return
    this.answered++
    this.#micros.record(Math.max(1, Math.round(milliseconds * 1_000)))
  }

  report(): Answered {
    const [p50Micros, p99Micros] = this.answered === 0 ? [0, 0] : [50, 99].map((at) => this.#micros.percentile(at))
    return { answered: this.answered, statuses: this.statuses, p50Micros: p50Micros ?? 0, p99Micros: p99Micros ?? 0 }
  }
}

/** The token of the next request, and whether the target knows it. */
function chooser({ hotKeys, unknownPart, order }: LoadOrder): () => readonly [token: string, known: boolean] {
  const tokens = readTokens(tokensFile, hotKeys)
  let next = 0
  const known = order === 'each' ? () => next++ % hotKeys : () => Math.floor(Math.random() * hotKeys)
  return () => {
    if (unknownPart > 0 && Math.random() < unknownPart) return [createToken('sk_'), false]
    return [tokens[known()] ?? '', true]
  }
}

function load(order: LoadOrder): Promise<LoadReport> {
  const choose = chooser(order)
  const tallies = { known: new Tally(), unknown: new Tally() }
  const clients: Ending[] = []
  const enough = order.order === 'each' ? order.hotKeys : Number.POSITIVE_INFINITY
  let sent = 0
  let failed = 0
  let lastStatus: 'known' | 'unknown' = 'known'
  const leadMs = (order.leadSeconds ?? 0) * 1_000
  let cpuBefore = process.cpuUsage()
  if (leadMs > 0)
    setTimeout(() => {
      cpuBefore = process.cpuUsage()
    }, leadMs)
  const from = performance.now() + leadMs
  const until = from + order.seconds * 1_000
  let endedAt = from

  const request: autocannon.Request = {
    setupRequest: (request, context: { kind?: 'known' | 'unknown' }) => {
      const [token, known] = choose()
      sent++
      context.kind = known ? 'known' : 'unknown'
      return { ...request, headers: { authorization: `Bearer ${token}` } }
    },
    // Called just before the event that has the time of the same answer.
    onResponse: (_status, _body, context: { kind?: 'known' | 'unknown' }) => {
      lastStatus = context.kind ?? 'known'
    }
  }

  return new Promise((resolve, reject) => {
    const running = autocannon(
      {
        url: `http://127.0.0.1:${order.port}/`,
        connections: order.connections,
        duration: 3_600,
        timeout: 60,
        sampleInt: 50,
        excludeErrorStats: true,
        requests: [request],
        setupClient: (client) => clients.push(client as Ending)
      },
      (error) => {
        if (error) return reject(error)
        const { user, system } = process.cpuUsage(cpuBefore)
        resolve({
          seconds: (endedAt - from) / 1_000,
          cpuMicros: user + system,
          known: tallies.known.report(),
          unknown: tallies.unknown.report(),
          failed
        })
      }
    )
    running.on('response', (client, status, _bytes, milliseconds) => {
      endedAt = performance.now()
      tallies[lastStatus].add(status, milliseconds, endedAt >= from)
      const ending = client as Ending
      if (endedAt >= until && order.order === 'random') ending.responseMax = ending.reqsMade
      if (sent >= enough) for (const each of clients) each.responseMax = each.reqsMade
    })
    running.on('reqError', () => failed++)
  })
}

answer({ load, close: () => undefined })
