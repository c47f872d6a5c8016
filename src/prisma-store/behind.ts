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
