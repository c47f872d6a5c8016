/**
 * Run by fast-path.test.ts in a process of its own, on the built package: what one middleware does for a request whose key is
 * remembered. Prints what it saw as JSON.
 */
import { createHook } from 'node:async_hooks'
import crypto from 'node:crypto'
import { request } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import express4 from 'express4'

const [, , url = '', token = '', version = ''] = process.argv
const calls = 10_000

/** Every way in which Node makes a digest, counted: before keystile is loaded. */
let digests = 0
const counted = ['hash', 'createHash', 'createHmac'] as const
for (const name of counted) {
  const made = crypto[name] as (...args: unknown[]) => unknown
  Object.assign(crypto, {
    [name]: (...args: unknown[]) => {
      digests++
      return made(...args)
    }
  })
}
syncBuiltinESMExports()

/** Promises, timers, ticks and requests to the system: whatever goes on behind a call's back. */
const begun: string[] = []
let isWatching = false
createHook({
  init: (_, type) => {
    if (isWatching) begun.push(type)
  }
}).enable()

const { apiKeyAuth, createApiKeys } = await import('keystile')
// No flush of counts while it is looked at.
const keys = createApiKeys({ url, flushIntervalMs: 60_000 })
const auth = apiKeyAuth({ keys })

interface Seen {
  readonly wentOn: boolean
  readonly begun: readonly string[]
  readonly digests: number
}

function look(req: Request, res: Response): Seen {
  let wentOn = false
  digests = 0
  begun.length = 0
  isWatching = true
  auth(req, res, () => {
    wentOn = true
  })
  isWatching = false
  return { wentOn, begun: [...begun], digests }
}

/** A request like this one, that no middleware has seen. */
const another = (req: Request) => Object.assign(Object.create(req) as Request, { rawHeaders: [...req.rawHeaders] })

const like = (req: Request) => Array.from({ length: calls }, () => another(req))

/** On a busy machine a loop of calls outlives the lease: the key is then looked up again. */
async function untilRemembered(): Promise<void> {
  await keys.verify(token)
  while (keys.health().cache !== 'fresh') {
    await sleep(20)
    await keys.verify(token)
  }
}

/** What the heap grows by for each call; undefined where the garbage collector or a look-up came in between. */
function bytesPerCall(req: Request, res: Response): number | undefined {
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  observer.observe({ entryTypes: ['gc'] })
  const requests = like(req)
  let wentOn = 0
  const next = () => {
    wentOn++
  }
  global.gc?.()
  observer.takeRecords()
  const before = process.memoryUsage().heapUsed
  for (const each of requests) auth(each, res, next)
  const grownBy = process.memoryUsage().heapUsed - before
  collections += observer.takeRecords().length
  observer.disconnect()
  return collections === 0 && wentOn === calls ? grownBy / calls : undefined
}

const lookAt: RequestHandler = async (req, res) => {
  // Compiled, as it is after the first seconds of a server.
  for (let i = 0; i < 2; i++) {
    await untilRemembered()
    for (const each of like(req)) auth(each, res, () => {})
  }
  let bytes: number | undefined
  for (let tries = 0; bytes === undefined && tries < 10; tries++) {
    await untilRemembered()
    bytes = bytesPerCall(req, res)
  }
  await untilRemembered()
  res.json({ ...look(another(req), res), bytesPerCall: bytes })
}

const app: Express = (version === '4' ? (express4 as unknown as typeof express) : express)()
app.get('/', lookAt)
const server = app.listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))

const get = (path: string) =>
  new Promise<string>((resolve, reject) => {
    const { port } = server.address() as AddressInfo
    const headers = { authorization: `Bearer ${token}` }
    const sent = request({ host: '127.0.0.1', port, path, headers, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => resolve(text))
    })
    sent.once('error', reject).end()
  })

process.stdout.write(await get('/'))
server.close()
await keys.close()
