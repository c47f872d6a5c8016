import type { HourOfUse, Store } from '../store.js'
import { attempt } from './attempt.js'
import type { Client, ClientShape, Row } from './client.js'

/** Hours that are removed together: a day of all keys. */
const stepMs = 86_400_000

const toHour = (row: Row): HourOfUse => ({
  apiKeyId: String(row['apiKeyId']),
  hour: row['hour'] as Date,
  allowed: Number(row['allowed']),
  denied: Number(row['denied'])
})

/** Reads and removes what was counted by the hour; `usage.ts` writes it. */
export function prismaHours(client: Client, { provider }: ClientShape): Pick<Store, 'readUsage' | 'pruneUsage'> {
  return {
    async readUsage({ apiKeyIds, from, to }) {
      const where = { apiKeyId: { in: apiKeyIds.map(String) }, hour: { gte: from, lt: to } }
      return (await attempt(provider, () => client.apiKeyUsage.findMany({ where }))).map(toHour)
    },

    async pruneUsage(before) {
      let removed = 0
      for (;;) {
        const [oldest] = await attempt(provider, () =>
          client.apiKeyUsage.findMany({ where: { hour: { lt: before } }, orderBy: { hour: 'asc' }, take: 1 })
        )
        if (!oldest) return removed
        const until = new Date(Math.min((oldest['hour'] as Date).getTime() + stepMs, before.getTime()))
        const where = { hour: { lt: until } }
        removed += (await attempt(provider, () => client.$transaction((tx) => tx.apiKeyUsage.deleteMany({ where }))))
          .count
      }
    }
  }
}
