/** What Node does with header fields past its limit, 1,000 of itself: older ones drop them without a word, newer ones refuse the request. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answersIn, exchange, requestBytes } from './wire.js'

/** The status of a request whose Authorization was dropped: 401 by keystile, or 431 by Node itself. */
export async function statusOfDropped(): Promise<401 | 431> {
  const server = createServer((_req, res) => res.end()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const headers = Array.from({ length: 1_000 }, () => ['a', 'b'] as const)
    const [answer] = answersIn(await exchange((server.address() as AddressInfo).port, requestBytes({ headers })))
    return answer?.status === 431 ? 431 : 401
  } finally {
    server.close()
  }
}
