/** One request to an app that listens for this request alone. */
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export async function requestTo(app: Express, token: string): Promise<Reply> {
  const server = app.listen(0, '127.0.0.1')
  try {
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const headers = { authorization: `Bearer ${token}`, connection: 'close' }
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}
