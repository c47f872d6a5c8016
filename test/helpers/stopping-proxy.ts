/** Stands between a client and a server, and goes deaf and dumb when told so: connections stay, bytes are lost. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterwards } from './key-ring.js'

export interface StoppingProxy {
  /** The url that leads to the same database through the proxy. */
  readonly url: string
  /** From now on bytes are swallowed, in both directions, and new connections get no answer. */
  swallow(): void
  /** From now on all bytes are late, in both directions. */
  delay(): void
  /** From now on connections are refused, and those that there are end. */
  refuse(): void
  /** New connections work again; the old ones end. */
  resume(): void
}

const delayMs = 5_000

export async function stoppingProxy(url: string): Promise<StoppingProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let mode: 'pass' | 'swallow' | 'delay' | 'refuse' = 'pass'
  const forward = (part: Buffer, to: Socket) => {
    if (mode === 'pass') to.write(part)
    if (mode === 'delay') setTimeout(() => to.write(part), delayMs).unref()
  }
  const proxy = createServer((client) => {
    if (mode === 'refuse') return void client.destroy()
    const server = connect({ host: target.hostname, port: Number(target.port), noDelay: true })
    const end = () => [client, server].forEach((socket) => void socket.destroy())
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    client.on('data', (part) => forward(part, server))
    server.on('data', (part) => forward(part, client))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const endAll = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  afterwards(async () => {
    endAll()
    await new Promise((resolve) => proxy.close(resolve))
  })
  target.port ||= '5432'
  const through = new URL(url)
  through.port = String((proxy.address() as AddressInfo).port)
  return {
    url: through.href,
    swallow: () => {
      mode = 'swallow'
    },
    delay: () => {
      mode = 'delay'
    },
    refuse() {
      mode = 'refuse'
      endAll()
    },
    resume() {
      mode = 'pass'
      endAll()
    }
  }
}
