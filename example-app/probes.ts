import { Router } from 'express'
import type { ApiKeys } from 'keystile'

/** What a load balancer asks. Neither answer waits for the database, and neither needs a key. */
export function probes(keys: ApiKeys, stopping?: AbortSignal): Router {
  const router = Router()
  const askAgain = oneAtATime(() => keys.ready())

  /** Liveness: the process answers. A database that is down is no reason to start it anew. */
  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ status: 'alive' })
  })

  /**
   * Readiness: whether requests should come here. A lost cache is no reason against it: requests then ask the database,
   * and where none come, nobody keeps the cache fresh.
   */
  router.get('/readyz', (_req, res) => {
    const health = keys.health()
    const isOpen = health.breaker === 'open'
    // Where no requests come since this says 503, nothing else would find out that the database is back.
    if (isOpen) askAgain()
    const status = stopping?.aborted ? 'stopping' : isOpen ? 'database_down' : 'ready'
    res
      .status(status === 'ready' ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ status, ...health })
  })

  return router
}

/** Starts some work unless it is under way; how it ends shows in the health. */
function oneAtATime(work: () => Promise<void>): () => void {
  let isUnderWay = false
  return () => {
    if (isUnderWay) return
    isUnderWay = true
    work()
      .catch(() => {})
      .finally(() => {
        isUnderWay = false
      })
  }
}
