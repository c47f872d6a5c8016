import type { Id } from '../events.js'
import type { Delegate, Row } from './client.js'
import { isWrongValue } from './failures.js'

/** Rows that are asked for, or written, by one statement. */
const chunkSize = 500

/** Does something with a few at a time, one after the other, and returns all that came of it. */
export async function inChunks<T, Result>(
  items: readonly T[],
  work: (some: readonly T[]) => Promise<readonly Result[]>
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < items.length; start += chunkSize)
    results.push(...(await work(items.slice(start, start + chunkSize))))
  return results
}

/** By what ids are compared: a number and the same as a bigint are one. UUIDs of columns for them are in lower case here. */
export const idKey = (id: Id): string => String(id)

interface Found {
  readonly rows: readonly Row[]
  /** Those that the column can't hold: text that is no UUID. */
  readonly wrong: ReadonlySet<Id>
}

/** Rows by their ids, where some may be none of the column's type. Not within a transaction, which PostgreSQL then ends. */
export async function byIds(model: Delegate, ids: readonly Id[], select: object): Promise<Found> {
  const wrong = new Set<Id>()
  const ask = async (some: readonly Id[]): Promise<readonly Row[]> => {
    try {
      return await model.findMany({ where: { id: { in: some } }, select })
    } catch (error) {
      if (!isWrongValue(error)) throw error
    }
    if (some.length === 1) {
      wrong.add(some[0] as Id)
      return []
    }
    const middle = Math.ceil(some.length / 2)
    return [...(await ask(some.slice(0, middle))), ...(await ask(some.slice(middle)))]
  }
  return { rows: await inChunks(ids, ask), wrong }
}
