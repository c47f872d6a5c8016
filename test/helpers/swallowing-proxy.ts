/** Stands between a client and PostgreSQL, and loses the answer to a statement when told so. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterwards } from './key-ring.js'

export interface SwallowingProxy {
  /** The url that leads to the same database through the proxy. */
  inFrontOf(url: string): string
  /** From the next time that the statement goes by, nothing comes back on that connection; `cut` ends it. */
  swallowNextAnswer(): { readonly swallowing: Promise<void>; cut(): void }
  /** How often the statement went by and was answered. */
  readonly answered: number
}

/** @param statement text that marks the statement; parts of a query come over the wire as they were written */
export async function swallowingProxy(statement: string): Promise<SwallowingProxy> {
  let target = { host: '', port: 0 }
  let answered = 0
  let armed: ((cut: () => void) => void) | undefined

  function join(client: Socket): void {
    const server = connect({ ...target, noDelay: true })
    const cut = () => [client, server].forEach((socket) => void socket.destroy())
    let tail = ''
    let swallowing = false
    let asked = false
    client.on('data', (part) => {
      const text = tail + part.toString('latin1')
      tail = text.slice(-statement.length + 1)
      if (text.includes(statement)) {
        asked = true
        swallowing = armed !== undefined
        armed?.(cut)
        armed = undefined
      }
      server.write(part)
    })
    server.on('data', (part) => {
      if (swallowing) return
      if (asked) answered++
      asked = false
      client.write(part)
    })
    for (const socket of [client, server]) socket.on('error', cut).on('close', cut)
  }

  const proxy = createServer(join)
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  afterwards(() => new Promise((resolve) => proxy.close(resolve)))
  return {
    get answered() {
      return answered
    },
    inFrontOf(url) {
      const through = new URL(url)
      target = { host: through.hostname, port: Number(through.port) }
      through.port = String(port)
      return through.href
    },
    swallowNextAnswer() {
      let hangUp = () => {}
      const swallowing = new Promise<void>((resolve) => {
        armed = (cut) => {
          hangUp = cut
          resolve()
        }
      })
      return { swallowing, cut: () => hangUp() }
    }
  }
}
