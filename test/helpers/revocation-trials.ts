/** Many keys under steady load at once, each changed in the midst of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type Request } from 'express'
import { type ApiKeys, type ApiKeysOptions, apiKeyAuth } from 'keystile'
import type { TestDatabase } from './databases.js'
import { serve } from './express-apps.js'
import { flood } from './flood.js'
import { afterwards, type IssuedKey, type KeyRing, keyRing } from './key-ring.js'
import { userClient, withHeldLookups } from './user-client.js'

/** Handler runs by key; where it says so, only those that count. */
export type Runs = (id: string) => number

export interface Scene extends KeyRing {
  readonly port: number
  readonly runs: Runs
}

/** Lookups whose answers, read already, come late: any change may be committed in between. */
export const lateLookups = (url: string): ApiKeysOptions => {
  const client = userClient(url)
  afterwards(() => client.$disconnect())
  return { prisma: withHeldLookups(client, () => sleep(Math.random() * 10)), flushIntervalMs: 10 }
}

export const plainLookups = (url: string): ApiKeysOptions => ({ url, flushIntervalMs: 10 })

export async function scene(
  database: TestDatabase,
  options: (url: string) => ApiKeysOptions,
  counts: (req: Request) => boolean = () => true
): Promise<Scene> {
  const ring = await keyRing(database, options)
  const runs = new Map<unknown, number>()
  const app = express()
  app.use(apiKeyAuth({ keys: ring.keys }))
  app.get('/', (req, res) => {
    if (counts(req)) runs.set(req.apiKey?.id, (runs.get(req.apiKey?.id) ?? 0) + 1)
    // Most of the machine's time is to go to the changes.
    setTimeout(() => res.status(204).end(), 15)
  })
  const { port } = await serve(app)
  return { ...ring, port, runs: (id) => runs.get(id) ?? 0 }
}

export interface Trial {
  /** Runs when the change had been made, and when every request of the key had its answer. */
  readonly atOnce: number
  readonly atLast: number
  /** Answers to the key's requests, by status; those after the change among them. */
  readonly answers: Readonly<Record<number, number>>
}

/** Makes a change while requests with the key are under way, and goes on with them for a while after it. */
export async function tryChange(
  { port, keys, runs }: Scene,
  { id, token }: IssuedKey,
  change: (keys: ApiKeys) => Promise<unknown>
): Promise<Trial> {
  let over = false
  let answered = () => {}
  const first = new Promise<void>((resolve) => {
    answered = resolve
  })
  const loading = flood({ port, tokens: [token], until: () => over, connections: 1, depth: 2, onAnswer: answered })
  await first
  await sleep(Math.random() * 3)
  await change(keys)
  const atOnce = runs(id)
  const after = await flood({ port, tokens: [token], total: 1, connections: 1 })
  over = true
  const answers: Record<number, number> = { ...(await loading) }
  for (const [status, count] of Object.entries(after)) answers[Number(status)] = (answers[Number(status)] ?? 0) + count
  return { atOnce, atLast: runs(id), answers }
}

/** Works through the keys, as many at a time as are to race with each other. */
export async function inBatches<Key, T>(
  all: readonly Key[],
  size: number,
  work: (key: Key) => Promise<T>
): Promise<T[]> {
  const done: T[] = []
  for (let i = 0; i < all.length; i += size) done.push(...(await Promise.all(all.slice(i, i + size).map(work))))
  return done
}
