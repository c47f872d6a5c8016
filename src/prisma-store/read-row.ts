import type { Models, Row } from './client.js'
import { isDamagedRow } from './failures.js'

export type Select = Readonly<Record<string, unknown>>
export const select = (fields: readonly string[]): Select => Object.fromEntries(fields.map((field) => [field, true]))

/**
 * One row, also where a value in it can't be read: Prisma then refuses the row as a whole, so it is asked for field by
 * field and what fails is named.
 */
export async function readRow(
  models: Models,
  where: object,
  wanted: Select
): Promise<{ row: Row; unreadable: string[] } | undefined> {
  try {
    const row = await models.apiKey.findUnique({ where, select: wanted })
    return row ? { row, unreadable: [] } : undefined
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  // Prisma makes one query of all findUnique calls of a turn: the bad row may be another caller's. findMany goes alone.
  const alone = async (select: Select) => (await models.apiKey.findMany({ where, select, take: 1 }))[0]
  try {
    const row = await alone(wanted)
    return row && { row, unreadable: [] }
  } catch (error) {
    if (!isDamagedRow(error)) throw error
  }
  const row: Record<string, unknown> = {}
  const unreadable: string[] = []
  for (const [field, value] of Object.entries(wanted)) {
    try {
      const part = await alone({ [field]: value })
      if (!part) return undefined
      row[field] = part[field]
    } catch (error) {
      if (!isDamagedRow(error)) throw error
      unreadable.push(field)
    }
  }
  return { row, unreadable }
}
