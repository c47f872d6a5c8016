/** Run by key-process.ts: an app that ends at SIGTERM as the README has it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { apiKeyAuth, createApiKeys } from 'keystile'

const keys = createApiKeys(JSON.parse(process.argv[2] ?? '{}'))
await keys.ready()
const app = express()
app.use(apiKeyAuth({ keys }))
// A handler that takes its time: requests are under way when the signal comes.
app.get('/', (_req, res) => void setTimeout(() => res.status(204).end(), 3))
const server = createServer(app).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})

process.once('SIGTERM', () => {
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  server.close(async () => {
    await keys.close()
    process.exit(0)
  })
})
