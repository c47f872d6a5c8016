/** A port that a test decides about: shut, silent, or leading to a real server. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { freePort } from './programs.js'

export interface Door {
  readonly port: number
  /** Takes connections and says nothing. */
  beSilent(): Promise<void>
  /** From now on connections lead to this port of the loopback. */
  leadTo(port: number): Promise<void>
  /** Ends every connection and refuses further ones. */
  shut(): Promise<void>
}

export async function door(): Promise<Door> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let server: Server | undefined

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }

  async function shut(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    const closing = server
    server = undefined
    if (closing) await new Promise((resolve) => closing.close(resolve))
  }

  async function answer(listener: (socket: Socket) => void): Promise<void> {
    await shut()
    const opening = createServer((socket) => {
      keep(socket)
      listener(socket)
    })
    server = opening
    await new Promise<void>((resolve) => opening.listen(port, '127.0.0.1', resolve))
  }

  onTestFinished(shut)
  return {
    port,
    beSilent: () => answer((socket) => socket.resume()),
    leadTo: (target) =>
      answer((socket) => {
        const onward = connect(target, '127.0.0.1')
        keep(onward)
        socket.pipe(onward).pipe(socket)
        socket.on('close', () => onward.destroy())
        onward.on('close', () => socket.destroy())
      }),
    shut
  }
}
