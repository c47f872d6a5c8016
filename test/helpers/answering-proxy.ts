/** Stands between a client and PostgreSQL, can go silent, and can change what the server says. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterwards } from './key-ring.js'

export async function answeringProxy(url: string) {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const state = { swallowing: false, answer: (part: Buffer): Buffer => part }
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    client.on('data', (part) => void (state.swallowing || upstream.write(part)))
    upstream.on('data', (part) => void (state.swallowing || client.write(state.answer(part))))
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(one)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterwards(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  return { state, url: through.href, cut: () => sockets.forEach((socket) => void socket.destroy()) }
}
