/** Run by key-process.ts: serves, and does what its parent says. */
import { subscribe } from 'node:diagnostics_channel'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { writeHeapSnapshot } from 'node:v8'
import { ApiKeyError, createApiKeys } from 'keystile'
import { plainApp } from './plain-app.js'

const keys = createApiKeys(JSON.parse(process.argv[2] ?? '{}'))
const loop = monitorEventLoopDelay({ resolution: 5 })
loop.enable()
/** The 99th percentile since the last call, in milliseconds. */
const loopDelayMs = async () => {
  const p99 = loop.percentile(99) / 1e6
  loop.reset()
  return p99
}
const heapSnapshot = async (path: string) => writeHeapSnapshot(path)
const methods = { ...keys, loopDelayMs, heapSnapshot } as unknown as Record<
  string,
  (...args: unknown[]) => Promise<unknown>
>
const tell = (message: object) => process.send?.(message)

subscribe('keystile:usage-flush-failed', (failure) => tell({ failure }))

process.on('message', async ({ number, method, args }: { number: number; method: string; args: unknown[] }) => {
  try {
    tell({ number, outcome: { value: await methods[method]?.(...args) } })
  } catch (error) {
    tell({ number, outcome: { code: error instanceof ApiKeyError ? error.code : 'other', message: String(error) } })
  }
})
process.on('disconnect', () => process.exit())

await keys.ready()
const server = plainApp(keys).listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }))
