import { z } from 'zod'
import { describe, invalidArgument } from '../errors.js'
import { misspelt } from '../spelling.js'

/** What requests may hold and answers do hold. The OpenAPI document is made from these. */

const duration = z
  .string()
  .regex(/^\d{1,9}[smhdw]$/)
  .meta({ description: "A length of time: '15m', '24h', '90d', '2w'.", example: '90d' })
const time = z.iso.datetime({ offset: true }).max(40)
// In characters as people count them; zod counts halves of some.
const name = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'What its owner calls the key: 1 to 100 characters.', maxLength: 100, example: 'laptop' })
const scopes = z
  .array(z.string().min(1).max(128))
  .max(100)
  .meta({ description: 'What the key may do.', example: ['reports:read'] })
const expiresIn = duration.optional().meta({ description: 'How long the key lives. Not with expiresAt.' })
const expiresAt = time
  .nullable()
  .optional()
  .meta({ description: 'When the key expires; null is never. Not with expiresIn.' })
const cursor = z.string().max(1_000).optional().meta({ description: 'nextCursor of the page before.' })
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(100)
  .optional()
  .meta({ description: 'How many at most; 50 by default.' })
const ownerId = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .meta({ description: 'Whose; only for those who may see every owner.' })

export const bodies = {
  create: z.strictObject({ name, scopes: scopes.optional(), expiresIn, expiresAt, ownerId }),
  update: z.strictObject({ name: name.optional(), scopes: scopes.optional() }),
  rotate: z.strictObject({
    grace: z
      .union([z.literal(0), duration])
      .meta({ description: 'How long the old key still works; 0 is not at all.', example: '24h' }),
    expiresIn,
    expiresAt
  }),
  revoke: z.strictObject({
    reason: z.string().max(200).optional().meta({ description: 'Why, for those who look later.' })
  }),
  none: z.strictObject({})
}

export const queries = {
  list: z.strictObject({
    limit,
    cursor,
    ownerId,
    include: z
      .literal('usage')
      .optional()
      .meta({ description: 'With what became of requests on each of the last 14 days.' })
  }),
  events: z.strictObject({ limit, cursor }),
  allEvents: z.strictObject({ limit, cursor, ownerId }),
  usage: z.strictObject({
    from: time.optional(),
    to: time.optional(),
    by: z.enum(['hour', 'day']).optional().meta({ description: 'day by default, of UTC.' })
  }),
  none: z.strictObject({})
}

const moment = z.iso.datetime().nullable()
const count = z.int()

const apiKey = z.strictObject({
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

const newKey = z.strictObject({ token: z.string().meta({ description: 'The key itself, shown this once.' }), apiKey })

const event = z.strictObject({
  id: z.string(),
  type: z.enum(['created', 'updated', 'rotated', 'revoked', 'deleted', 'imported']),
  apiKeyId: z.string(),
  ownerId: z.string(),
  actor: z.string().nullable(),
  ip: z.string().nullable(),
  changes: z.record(z.string(), z.unknown()),
  createdAt: z.iso.datetime()
})

const bucket = z.strictObject({ start: z.iso.datetime(), allowed: count, denied: count })
const nextCursor = z.string().nullable().meta({ description: 'Where the next page begins; null on the last.' })

export const answers = {
  apiKey,
  newKey,
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

/** A registry of our own: names in the one that all share could be an app's too. */
export const documents = z.registry<{ readonly id: string }>()
documents.add(apiKey, { id: 'ApiKey' })
documents.add(newKey, { id: 'NewApiKey' })
documents.add(event, { id: 'ApiKeyEvent' })
documents.add(answers.keyPage, { id: 'ApiKeyPage' })
documents.add(answers.eventPage, { id: 'ApiKeyEventPage' })
documents.add(answers.usage, { id: 'Usage' })
documents.add(answers.scopes, { id: 'Scopes' })
documents.add(answers.problem, { id: 'Problem' })
documents.add(bodies.create, { id: 'CreateApiKey' })
documents.add(bodies.update, { id: 'UpdateApiKey' })
documents.add(bodies.rotate, { id: 'RotateApiKey' })
documents.add(bodies.revoke, { id: 'RevokeApiKey' })

/**
 * A body or a query, checked.
 * @throws ApiKeyError `invalid_argument` that names the field, never its value
 */
export function parseInput<Schema extends z.ZodObject>(
  where: 'body' | 'query',
  schema: Schema,
  value: unknown
): z.output<Schema> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument(where, `The ${where} must be a JSON object, not ${describe(value)}.`)
  const known = Object.keys(schema.shape)
  // Own names only, `__proto__` among them: what is not known is refused before anything is read from it.
  const unknown = Object.getOwnPropertyNames(value).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const field = unknown.length <= 40 ? unknown : `${unknown.slice(0, 11)}...`
    throw invalidArgument(
      field,
      known.length === 0 ? `This takes no ${where}.` : `The ${where} has an unknown field ${misspelt(unknown, known)}`
    )
  }
  const { data, error } = schema.safeParse(value)
  if (!error) return data
  const [issue] = error.issues
  const field = issue?.path.map(String).join('.') || where
  throw invalidArgument(field, `${field}: ${issue?.message ?? 'not understood'}.`)
}
