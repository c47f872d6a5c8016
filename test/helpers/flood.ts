/** Many requests over a few keep-alive connections, pipelined: what `fetch` would take minutes for. */
import { connect } from 'node:net'

export interface Flood {
  readonly port: number
  /** Request number i goes with token number i modulo their number. */
  readonly tokens: readonly string[]
  /** How many requests there are to be; without it they go on until `until` says so. */
  readonly total?: number
  readonly until?: () => boolean
  readonly connections?: number
  /** Requests under way on one connection. */
  readonly depth?: number
  readonly path?: string
  /** Called after each answer, with how many there were so far. */
  readonly onAnswer?: (answered: number) => void
}

/** Sends them all and tells how many answers there were of each status. */
export async function flood(options: Flood): Promise<Record<number, number>> {
  const { total = Number.POSITIVE_INFINITY, until = () => false, connections = 8 } = options
  const numbers = { next: 0, answered: 0 }
  const statuses: Record<number, number> = {}
  const answered = (status: number) => {
    statuses[status] = (statuses[status] ?? 0) + 1
    options.onAnswer?.(++numbers.answered)
  }
  const take = () => (numbers.next < total && !until() ? numbers.next++ : undefined)
  await Promise.all(Array.from({ length: connections }, () => pump(options, take, answered)))
  return statuses
}

function pump(
  { port, tokens, depth = 16, path = '/' }: Flood,
  take: () => number | undefined,
  answered: (status: number) => void
): Promise<void> {
  return new Promise((resolve, reject) => {
    let underWay = 0
    let text = ''
    let failure: Error | undefined
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, fill)
    socket.setEncoding('latin1')
    function fill(): void {
      let bytes = ''
      for (let i = underWay < depth ? take() : undefined; i !== undefined; i = underWay < depth ? take() : undefined) {
        bytes += `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens[i % tokens.length]}\r\n\r\n`
        underWay++
      }
      if (bytes !== '') socket.write(bytes)
      else if (underWay === 0) socket.destroy()
    }
    socket.on('data', (part: string) => {
      const { statuses, rest } = answersOf(text + part)
      text = rest
      underWay -= statuses.length
      for (const status of statuses) answered(status)
      fill()
    })
    socket.on('error', (error) => {
      failure = error
    })
    socket.on('close', () => {
      if (underWay === 0) resolve()
      else reject(new Error(`${underWay} requests got no answer`, { cause: failure }))
    })
  })
}

/** The complete answers at the start of the text, and what comes after them. */
function answersOf(text: string): { statuses: number[]; rest: string } {
  const statuses: number[] = []
  let start = 0
  for (;;) {
    const end = text.indexOf('\r\n\r\n', start)
    if (end === -1) break
    const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(start, end))?.[1] ?? '0'
    const next = end + 4 + Number(length)
    if (next > text.length) break
    statuses.push(Number(text.slice(start + 9, start + 12)))
    start = next
  }
  return { statuses, rest: text.slice(start) }
}
