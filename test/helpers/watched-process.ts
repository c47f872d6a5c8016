/** Apps in processes of their own that remember keys, and how long each goes on letting a key in. */
import { expect } from 'vitest'
import type { KeyProcess } from './key-process.js'

export async function ask(port: number, token: string): Promise<number> {
  const { status } = await fetch(`http://127.0.0.1:${port}/`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5_000)
  })
  return status
}

/** Waits until a process trusts what it remembers. */
export async function untilFresh({ port, call }: KeyProcess, token: string): Promise<void> {
  const state = async () => {
    await ask(port, token)
    return ((await call('health')).value as { cache: string }).cache
  }
  await expect.poll(state, { timeout: 15_000, interval: 50 }).toBe('fresh')
}

/** Milliseconds from now to the last time that a process let the key in; it is asked until it refuses, and once more. */
export async function lastAccept(port: number, token: string, giveUpMs = 10_000): Promise<number> {
  const startedAt = performance.now()
  let acceptedAt = startedAt
  while (performance.now() - startedAt < giveUpMs) {
    const askedAt = performance.now()
    const status = await ask(port, token)
    if (status === 401) return acceptedAt - startedAt
    if (status === 204) acceptedAt = askedAt
  }
  return Number.POSITIVE_INFINITY
}

/** The value below which so many of a hundred lie. */
export function percentile(values: readonly number[], of: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * of) / 100) - 1)] ?? Number.NaN
}
