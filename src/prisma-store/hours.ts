import type { HourOfUse, Store, UsageQuery } from '../store.js'
import { attempt } from './attempt.js'
import type { Client, ClientShape, Row } from './client.js'
import { removeOlder } from './remove-older.js'

const toHour = (row: Row): HourOfUse => ({
  apiKeyId: String(row['apiKeyId']),
  hour: row['hour'] instanceof Date ? row['hour'] : new Date(Number(row['hour'])),
  allowed: Number(row['allowed']),
  denied: Number(row['denied'])
})

/** Reads and removes what was counted by the hour; `usage.ts` writes it. */
export function prismaHours(client: Client, shape: ClientShape): Pick<Store, 'readUsage' | 'pruneUsage'> {
  const read = shape.provider === 'sqlite' ? readSqlite(client, shape) : readPostgres(client)
  return {
    readUsage: async (query) => (await attempt(shape.provider, () => read(query))).map(toHour),

    pruneUsage: (before) => removeOlder(client, shape, 'ApiKeyUsage', 'hour', before)
  }
}

const readPostgres =
  (client: Client) =>
  ({ apiKeyIds, from, to }: UsageQuery) =>
    client.apiKeyUsage.findMany({ where: { apiKeyId: { in: apiKeyIds.map(String) }, hour: { gte: from, lt: to } } })

/** In SQL, as in remove-older.ts: one hour of a key may be there in both forms, of two programs. */
function readSqlite(client: Client, { table, column }: ClientShape) {
  const [key, hour, allowed, denied] = ['apiKeyId', 'hour', 'allowed', 'denied'].map((field) =>
    column('ApiKeyUsage', field)
  )
  const ms = `CASE typeof(${hour}) WHEN 'integer' THEN ${hour} ELSE 1000 * CAST(strftime('%s', ${hour}) AS INTEGER) END`
  const query = `
SELECT ${key} AS "apiKeyId", ${ms} AS "hour", ${allowed} AS "allowed", ${denied} AS "denied" FROM ${table('ApiKeyUsage')}
WHERE ${key} IN (SELECT value FROM json_each(?)) AND ${ms} >= ? AND ${ms} < ?`
  return ({ apiKeyIds, from, to }: UsageQuery) =>
    client.$queryRawUnsafe(query, JSON.stringify(apiKeyIds.map(String)), from.getTime(), to.getTime())
}
