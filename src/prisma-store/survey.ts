import type { Id } from '../events.js'
import type { KeySurvey, Store, SurveyQuery } from '../store.js'
import { attempt } from './attempt.js'
import { notRevoked } from './change-rows.js'
import type { Client, ClientShape } from './client.js'

/** The condition for a kind of keys; undefined where the model can't tell. */
function conditionOf({ kind, now, before }: SurveyQuery, { ownerReads }: ClientShape): object | undefined {
  const live = { ...notRevoked, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] }
  switch (kind) {
    case 'without_expiry':
      return { ...notRevoked, expiresAt: null }
    case 'unused': {
      const neverUsed = { lastUsedAt: null, createdAt: { lt: before } }
      return { AND: [live, { OR: [{ lastUsedAt: { lt: before } }, neverUsed] }] }
    }
    case 'all_scopes':
      // Scopes are JSON, and none of them has a quote in it.
      return { AND: [live, { scopes: { contains: '"*"' } }] }
    case 'inactive_owner':
      return ownerReads.includes('isActive') ? { AND: [live, { user: { isActive: false } }] } : undefined
    case 'ended':
      return { OR: [{ expiresAt: { lt: before } }, { revokedAt: { lt: before } }] }
    case 'limited_to_addresses':
      return { AND: [live, { allowedIps: { not: null } }] }
    case 'bcrypt':
    case 'hmac':
      return { AND: [live, { hashAlg: kind }] }
  }
}

/** Counts keys of a kind: the database does it, and no more rows come here than are shown. */
export function prismaSurvey(client: Client, shape: ClientShape): Pick<Store, 'survey'> {
  return {
    async survey(query): Promise<KeySurvey | undefined> {
      const where = conditionOf(query, shape)
      if (!where) return undefined
      return attempt(shape.provider, async () => {
        const count = await client.apiKey.count({ where })
        if (count === 0) return { count, examples: [] }
        const page = { where, orderBy: { id: 'asc' }, take: query.examples }
        const rows = await client.apiKey.findMany({ ...page, select: { id: true, name: true, userId: true } })
        const examples = rows.map(({ id, name, userId }) => ({
          id: id as Id,
          name: typeof name === 'string' ? name : '',
          ownerId: userId as Id
        }))
        return { count, examples }
      })
    }
  }
}
