/** Requests on keep-alive connections, each with what became of it: nothing is lost, an answer that never came included. */
import { Agent, request } from 'node:http'
import { afterwards } from './key-ring.js'

export interface Asked {
  readonly token: string
  /** Times of performance.now(). */
  readonly askedAt: number
  readonly endedAt: number
  /** Undefined: sent, perhaps, but the connection ended before an answer. 0: nobody listens. */
  readonly status: number | undefined
  readonly retryAfter: string | undefined
}

export type Client = (port: number, token: string) => Promise<Asked>

/** @param connections at most so many at once; each has one request under way */
export function keepAliveClient(connections = Number.POSITIVE_INFINITY): Client {
  const agent = new Agent({ keepAlive: true, noDelay: true, maxSockets: connections })
  afterwards(async () => agent.destroy())
  return (port, token) =>
    new Promise((resolve) => {
      const askedAt = performance.now()
      const end = (status?: number, retryAfter?: string) =>
        resolve({ token, askedAt, endedAt: performance.now(), status, retryAfter })
      const authorization = token === '' ? {} : { authorization: token }
      const asking = request({ port, host: '127.0.0.1', agent, headers: authorization }, (answer) => {
        answer.resume().once('end', () => end(answer.statusCode, answer.headers['retry-after']))
        answer.once('error', () => end())
      })
      asking.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 0 : undefined))
      asking.end()
    })
}

export const bearer = ({ token }: { readonly token: string }) => `Bearer ${token}`

/** Asks so many times a second, whether or not the answers come. What is `next` is sent as its Authorization. */
export async function steadily(
  client: Client,
  { port, perSecond, forMs, next }: { port: number; perSecond: number; forMs: number; next: (index: number) => string }
): Promise<Asked[]> {
  const startedAt = performance.now()
  const asking: Promise<Asked>[] = []
  for (;;) {
    const passedMs = performance.now() - startedAt
    const due = Math.floor((Math.min(passedMs, forMs) * perSecond) / 1_000)
    while (asking.length < due) asking.push(client(port, next(asking.length)))
    if (passedMs >= forMs) return Promise.all(asking)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
