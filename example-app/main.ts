/** Runs the example: `npm start`. README.md says what the environment may set. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApiKeys } from 'keystile'
import { createApp } from './app.js'
import { openDatabase } from './database/index.js'
import { prepareDemo } from './demo/index.js'
import { welcome } from './demo/welcome.js'
import { explain } from './explain.js'
import { createLogger } from './log.js'
import { scopes } from './scopes.js'
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

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const logger = createLogger(settings.logLevel)
  const prisma = await openDatabase(settings.database)
  const keys = createApiKeys({ prisma, feedUrl: settings.database.url, scopes })
  await keys.ready()
  const stopping = new AbortController()
  const server = createServer(createApp({ prisma, keys, logger, settings, stopping: stopping.signal }))
  const url = await listen(server, settings.port)
  const demo = settings.isProduction ? undefined : await prepareDemo(prisma, keys)
  stopOnSignals({ server, keys, prisma, stopping, drainMs: settings.drainMs }, fail)
  console.log(demo ? welcome(url, demo) : `Listening on ${url}`)
}

function fail(error: unknown): void {
  console.error(`\n${explain(error)}\n`)
  process.exit(1)
}

main().catch(fail)
