import type { z as Zod } from 'zod'

/** What requests may hold. The OpenAPI document is made from these too. */
export function requestsIn(z: typeof Zod) {
  const fields = fieldsIn(z)
  return { bodies: bodiesIn(z, fields), queries: queriesIn(z, fields) }
}

type Fields = ReturnType<typeof fieldsIn>

function fieldsIn(z: typeof Zod) {
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
  return { duration, time, name, scopes, expiresIn, expiresAt, ...whichIn(z) }
}

/** Which keys or events of many. */
function whichIn(z: typeof Zod) {
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
  return { cursor, limit, ownerId }
}

function bodiesIn(z: typeof Zod, { name, scopes, duration, expiresIn, expiresAt, ownerId }: Fields) {
  return {
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
}

function queriesIn(z: typeof Zod, { limit, cursor, ownerId, time }: Fields) {
  return {
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
}
