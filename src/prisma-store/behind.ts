import type { Id } from '../events.js'
import type { Delegate } from './client.js'

/**
 * The part of a query that goes on behind a row. While the row is there, the database finds the place by itself: a time
 * that others wrote in another form, or with microseconds, does not compare with ours as it sorts.
 * @param later the condition that is used once the row is gone
 */
export async function behind(
  model: Delegate,
  where: object,
  id: string | number | bigint,
  later: readonly object[]
): Promise<object> {
  const last = await model.findFirst({ where: { AND: [where, { id }] }, select: { id: true } })
  return last ? { where, cursor: { id }, skip: 1 } : { where: { AND: [where, { OR: later }] } }
}

interface Page {
  readonly limit: number
  readonly after?: { readonly createdAt: Date; readonly id: Id }
}

/** The query for a page of rows by the time at which they were made. */
export async function newestFirst(model: Delegate, where: object, { limit, after }: Page): Promise<object> {
  const page = { where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: limit }
  if (!after) return page
  const { createdAt, id } = after
  const later = [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }]
  return { ...page, ...(await behind(model, where, id, later)) }
}
