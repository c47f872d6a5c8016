/** HTTP byte by byte: nothing between a test and the server repairs what either of them says. */
import { connect } from 'node:net'

export interface Answer {
  readonly status: number
  /** By lower-case name. One that came twice has both values, with ` | ` between. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface RequestParts {
  readonly method?: string
  readonly path?: string
  /** One character is one byte. */
  readonly authorization?: string | undefined
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  /** Default `close`. */
  readonly connection?: 'close' | 'keep-alive'
}

/** A request as it goes over the wire: Host, Connection, the given headers, Authorization last. */
export function requestBytes(parts: RequestParts): string {
  const { method = 'GET', path = '/', authorization, headers = [], body, connection = 'close' } = parts
  const fields: (readonly [string, string])[] = [['Host', 'localhost'], ['Connection', connection], ...headers]
  if (body !== undefined) fields.push(['Content-Length', String(body.length)])
  if (authorization !== undefined) fields.push(['Authorization', authorization])
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${path} HTTP/1.1\r\n${head}\r\n${body ?? ''}`
}

/** Sends these bytes and gives back all that comes until the server hangs up. */
export function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.setEncoding('latin1')
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no end after ${JSON.stringify(text)}`)))
    socket.on('data', (part: string) => {
      text += part
    })
    // A server that has answered and hung up may reset what was still on its way to it.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' || text === '') reject(error)
    })
    socket.on('close', () => resolve(text))
  })
}

/** Sends all but the last bytes, does what is to be done while the server waits for them, and sends those. */
export function sendInTwo(
  port: number,
  bytes: string,
  held: number,
  meanwhile: () => Promise<unknown>
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes.slice(0, -held), 'latin1')
      const goOn = () => meanwhile().then(() => socket.write(bytes.slice(-held), 'latin1'), reject)
      // The server has begun with the request by then.
      setTimeout(goOn, 100)
    })
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part
    })
    socket.on('error', reject).on('close', () => resolve(text))
  })
}

/** The answers on one connection, in order; those to HEAD have no body whatever their length says. */
export function answersIn(text: string, method = 'GET'): Answer[] {
  const answers: Answer[] = []
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n')
    if (end === -1 || !statusLine.startsWith('HTTP/1.1 ')) throw new Error(`not an answer: ${JSON.stringify(rest)}`)
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const [name = '', value = ''] = line.split(/: (.*)/)
      const before = headers[name.toLowerCase()]
      headers[name.toLowerCase()] = before === undefined ? value : `${before} | ${value}`
    }
    const length = method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
    const body = rest.slice(end + 4, end + 4 + length)
    answers.push({ status: Number(statusLine.slice(9, 12)), headers, body })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}
