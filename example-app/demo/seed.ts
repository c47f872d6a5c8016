import type { ApiKeyRecord, ApiKeys, CreateKeyInput } from 'keystile'
import type { Database } from '../database/index.js'
import { usageOf } from './usage.js'

const dayMs = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs)
const by = { actor: 'demo@example.com', ip: '127.0.0.1' }

/** Keys in every state that the key page shows, with a past that they could not have had yet: hence by Prisma. */
export async function seedKeys(prisma: Database, keys: ApiKeys, ownerId: string): Promise<void> {
  const make = async (input: Omit<CreateKeyInput, 'ownerId'>, ageDays: number): Promise<ApiKeyRecord> => {
    const { apiKey } = await keys.create({ ...input, ownerId }, by)
    await age(prisma, apiKey, ageDays)
    return apiKey
  }

  const dashboard = await make({ name: 'dashboard', scopes: ['reports:read', 'reports:write'] }, 60)
  await use(prisma, dashboard, 40)

  const laptop = await make({ name: 'laptop', scopes: ['reports:read'], expiresIn: '5d' }, 25)
  await use(prisma, laptop, 4)

  const nightly = await make({ name: 'nightly export', scopes: ['reports:read'], expiresIn: '30d' }, 30)
  await use(prisma, nightly, 10)
  await keys.rotate(nightly.id, { grace: '24h' }, by)

  const trial = await make({ name: 'trial', scopes: ['reports:read'], expiresIn: '1d' }, 17)
  await prisma.apiKey.update({ where: { id: String(trial.id) }, data: { expiresAt: daysAgo(3) } })

  const build = await make({ name: 'build server', scopes: ['reports:write'] }, 90)
  await keys.revoke(build.id, { reason: 'was in a build log' }, by)
}

async function age(prisma: Database, { id }: ApiKeyRecord, days: number): Promise<void> {
  const createdAt = daysAgo(days)
  await prisma.apiKey.update({ where: { id: String(id) }, data: { createdAt, updatedAt: createdAt } })
  await prisma.apiKeyEvent.updateMany({ where: { apiKeyId: String(id) }, data: { createdAt } })
}

/** Two weeks of requests. */
async function use(prisma: Database, { id }: ApiKeyRecord, anHour: number): Promise<void> {
  const apiKeyId = String(id)
  const hours = usageOf(daysAgo(14), anHour)
  await prisma.apiKeyUsage.createMany({ data: hours.map((hour) => ({ apiKeyId, ...hour })) })
  const usageCount = hours.reduce((sum, { allowed, denied }) => sum + allowed + denied, 0)
  const lastUsedAt = hours.at(-1)?.hour ?? null
  await prisma.apiKey.update({ where: { id: apiKeyId }, data: { usageCount, lastUsedAt, lastUsedIp: '127.0.0.1' } })
}
