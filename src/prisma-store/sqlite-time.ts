/** A time as Prisma's adapters for SQLite write it into a column, which has no type for times. */
export const asText = (date: Date): string => date.toISOString().replace('Z', '+00:00')
export const asNumber = (date: Date): number => date.getTime()
