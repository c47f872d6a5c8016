/** Runs the example: `npm start`. PORT and DATABASE_URL change where it listens and where its keys are. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApiKeyError, type ApiKeys, createApiKeys } from 'keystile'
import { createApp } from './app.js'

const host = '127.0.0.1'
const stopWithinMs = 5_000

function portFrom(value = '3000'): number {
  const port = Number(value)
  if (!/^\d{1,5}$/.test(value) || port > 65_535) throw new TypeError('PORT must be a number from 0 to 65535.')
  return port
}

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return `http://${host}:${(server.address() as AddressInfo).port}`
}

/** A key for whoever tries the example: it may read reports, and not write them. */
async function demoKey(keys: ApiKeys): Promise<string> {
  const { owner } = await keys.ensureOwner({ email: 'demo@example.com', name: 'Demo' })
  const { token } = await keys.create({
    ownerId: owner.id,
    name: 'example',
    scopes: ['reports:read'],
    expiresIn: '7d'
  })
  return token
}

const welcome = (url: string, token: string) => `
Listening on ${url}

A fresh key of demo@example.com, for reports:read, good for 7 days. It is shown only now:

  ${token}

Try it from another terminal:

  200, the key may read
  curl -i -H "Authorization: Bearer ${token}" ${url}/reports

  403, it may not write
  curl -i -X POST -H "Authorization: Bearer ${token}" ${url}/reports

  401, no key
  curl -i ${url}/reports

Ctrl+C stops it.
`

/** Answers what is under way, writes the counts, and lets the process end. */
async function stop(server: Server, keys: ApiKeys): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  setTimeout(() => server.closeAllConnections(), stopWithinMs).unref()
  await closed
  const { unwritten } = await keys.close({ timeoutMs: stopWithinMs })
  if (unwritten > 0) console.error(`${unwritten} uses of keys could not be written.`)
  process.exit(0)
}

async function main(): Promise<void> {
  const port = portFrom(process.env['PORT'])
  const keys = createApiKeys()
  await keys.ready()
  const server = createServer(createApp(keys))
  const url = await listen(server, port)
  const token = await demoKey(keys)

  let stopping = false
  const stopOnce = () => {
    if (!stopping) stop(server, keys).catch(fail)
    stopping = true
  }
  process.on('SIGINT', stopOnce).on('SIGTERM', stopOnce)
  console.log(welcome(url, token))
}

function explain(error: unknown): string {
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number }
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Choose another: PORT=3001 npm start`
  if (code === 'EACCES') return `Port ${port} is not for this user. Choose another: PORT=3001 npm start`
  if (error instanceof ApiKeyError || error instanceof TypeError) return message
  throw error
}

function fail(error: unknown): void {
  console.error(`\n${explain(error)}\n`)
  process.exit(1)
}

main().catch(fail)
