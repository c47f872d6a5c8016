/** Runs the example: `npm start`. PORT and DATABASE_URL change where it listens and where its keys are, DRAIN_MS how it stops. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApiKeyError, type ApiKeys, createApiKeys } from 'keystile'
import { createApp } from './app.js'
import { readSettings } from './settings.js'
import { stopOnSignals } from './stop.js'

const host = '127.0.0.1'

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

async function main(): Promise<void> {
  const { port, drainMs } = readSettings(process.env)
  const keys = createApiKeys()
  await keys.ready()
  const stopping = new AbortController()
  const server = createServer(createApp(keys, stopping.signal))
  const url = await listen(server, port)
  const token = await demoKey(keys)
  stopOnSignals({ server, keys, stopping, drainMs }, fail)
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
