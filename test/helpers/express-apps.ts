/** Both versions of Express over real sockets: `describe.each(expressVersions)('on $name', ({ express }) => ...)`. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import express4 from 'express4'
import { afterEachFile } from './after-each-file.js'
import { type Answer, answersIn, exchange, type RequestParts, requestBytes } from './wire.js'

export const expressVersions = [
  { name: 'Express 4', express: express4 as unknown as typeof express },
  { name: 'Express 5', express }
]

export interface Site {
  readonly port: number
  readonly server: Server
  /** One request on a connection of its own. */
  request(parts?: RequestParts): Promise<Answer>
  /** The answers to these bytes, in order. */
  send(bytes: string): Promise<Answer[]>
}

const servers: Server[] = []

afterEachFile(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Listens on a free port of the loopback; it closes after the file's tests. */
export async function serve(app: Express): Promise<Site> {
  // Express writes the errors that it answers to the console, except in this environment.
  app.set('env', 'test')
  const server = createServer(app)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    server,
    async request(parts = {}) {
      const [answer, ...more] = answersIn(await exchange(port, requestBytes(parts)), parts.method)
      if (answer === undefined || more.length > 0) throw new Error(`${more.length + 1} answers instead of one`)
      return answer
    },
    async send(bytes) {
      return answersIn(await exchange(port, bytes))
    }
  }
}
