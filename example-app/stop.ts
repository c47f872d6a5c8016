import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiKeys } from 'keystile'
import type { Database } from './database/index.js'

const stopWithinMs = 5_000

interface Running {
  readonly server: Server
  readonly keys: ApiKeys
  readonly prisma: Database
  /** Aborted as soon as the process is to stop: from then on /readyz says 503. */
  readonly stopping: AbortController
  readonly drainMs: number
}

/**
 * Stops the process, once: SIGTERM drains first, that is, requests are answered as before until load balancers have had
 * their time to notice. Ctrl+C does not wait, and cuts a drain short.
 */
export function stopOnSignals(running: Running, fail: (error: unknown) => void): void {
  const hurry = new AbortController()
  const stopOnce = () => {
    if (!running.stopping.signal.aborted) stop(running, hurry.signal).catch(fail)
  }
  process.on('SIGTERM', stopOnce).on('SIGINT', () => {
    hurry.abort()
    stopOnce()
  })
}

/** Answers what is under way, writes the counts, and lets the process end. */
async function stop({ server, keys, prisma, stopping, drainMs }: Running, hurry: AbortSignal): Promise<void> {
  stopping.abort()
  await sleep(drainMs, undefined, { signal: hurry }).catch(() => {})
  const closed = new Promise((resolve) => server.close(resolve))
  setTimeout(() => server.closeAllConnections(), stopWithinMs).unref()
  await closed
  const { unwritten } = await keys.close({ timeoutMs: stopWithinMs })
  if (unwritten > 0) console.error(`${unwritten} uses of keys could not be written.`)
  // keystile leaves a client open that is not its own.
  await prisma.$disconnect()
  process.exit(0)
}
