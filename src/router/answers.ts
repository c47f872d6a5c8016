import type { z as Zod } from 'zod'

/** What answers hold, for the OpenAPI document. */
export function answersIn(z: typeof Zod) {
  const apiKey = apiKeyIn(z)
  const count = z.int()
  const newKey = z.strictObject({ token: z.string().meta({ description: 'The key itself, shown this once.' }), apiKey })
  const event = eventIn(z)
  const bucket = z.strictObject({ start: z.iso.datetime(), allowed: count, denied: count })
  const nextCursor = z.string().nullable().meta({ description: 'Where the next page begins; null on the last.' })
  return {
    apiKey,
    newKey,
    event,
    keyPage: z.strictObject({ items: z.array(apiKey), nextCursor }),
    eventPage: z.strictObject({ items: z.array(event), nextCursor }),
    usage: z.strictObject({
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      by: z.enum(['hour', 'day']),
      allowed: count,
      denied: count,
      buckets: z.array(bucket)
    }),
    scopes: z.strictObject({ items: z.array(z.strictObject({ name: z.string(), description: z.string() })) }),
    problem: z.object({
      title: z.string(),
      status: count,
      detail: z.string(),
      code: z.string(),
      field: z.string().optional(),
      missingScopes: z.array(z.string()).optional()
    })
  }
}

function apiKeyIn(z: typeof Zod) {
  const moment = z.iso.datetime().nullable()
  const count = z.int()
  return z.strictObject({
    id: z.string(),
    ownerId: z.string(),
    name: z.string(),
    keyPrefix: z
      .string()
      .meta({ description: 'The first characters of the key, to tell keys apart.', example: 'sk_AbCdEfGh...' }),
    scopes: z.array(z.string()),
    allowedIps: z.array(z.string()).nullable().meta({ description: 'From where it may be used; null is anywhere.' }),
    rateLimit: z
      .strictObject({ limit: z.int(), window: z.string() })
      .nullable()
      .meta({ description: 'How many requests it may make; null is no limit of its own.' }),
    status: z.enum(['active', 'expired', 'revoked', 'damaged']),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    expiresAt: moment,
    lastUsedAt: moment,
    lastUsedIp: z.string().nullable(),
    usageCount: count,
    revokedAt: moment,
    revokedReason: z.string().nullable(),
    rotatedFromId: z.string().nullable().meta({ description: 'The key that this one replaced.' }),
    rotatedToId: z.string().nullable().meta({ description: 'The key that replaced this one.' }),
    recentUsage: z
      .strictObject({ from: z.iso.datetime(), allowed: z.array(count), denied: z.array(count) })
      .optional()
      .meta({ description: 'With include=usage: a number a day.' })
  })
}

function eventIn(z: typeof Zod) {
  return z.strictObject({
    id: z.string(),
    type: z.enum(['created', 'updated', 'rotated', 'revoked', 'deleted', 'imported']),
    apiKeyId: z.string(),
    ownerId: z.string(),
    actor: z.string().nullable(),
    ip: z.string().nullable(),
    changes: z.record(z.string(), z.unknown()),
    createdAt: z.iso.datetime()
  })
}
