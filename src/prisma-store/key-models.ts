/** Types of fields as a Prisma schema has them; an `id` is of any type that ids have. */
type FieldType = 'id' | 'String' | 'Boolean' | 'Int' | 'BigInt' | 'DateTime' | 'relation'

/** The models and fields that the store works with, by keystile's own names for them. */
export const keyModels = {
  ApiKey: {
    id: 'id',
    userId: 'id',
    user: 'relation',
    name: 'String',
    keyHash: 'String',
    keyPrefix: 'String',
    hashAlg: 'String',
    scopes: 'String',
    isActive: 'Boolean',
    lastUsedAt: 'DateTime',
    lastUsedIp: 'String',
    usageCount: 'BigInt',
    expiresAt: 'DateTime',
    revokedAt: 'DateTime',
    revokedReason: 'String',
    rotatedFromId: 'id',
    metadata: 'String',
    allowedIps: 'String',
    rateLimit: 'String',
    createdAt: 'DateTime',
    updatedAt: 'DateTime'
  },
  ApiKeyForm: {
    id: 'id',
    prefix: 'String',
    alphabet: 'String',
    minLength: 'Int',
    maxLength: 'Int',
    hashAlg: 'String',
    shownLength: 'Int'
  },
  ApiKeyFlush: { instanceId: 'String', seq: 'BigInt', flushedAt: 'DateTime' },
  ApiKeyEvent: {
    id: 'id',
    type: 'String',
    apiKeyId: 'String',
    ownerId: 'String',
    actor: 'String',
    ip: 'String',
    changes: 'String',
    createdAt: 'DateTime'
  },
  ApiKeyUsage: { apiKeyId: 'String', hour: 'DateTime', allowed: 'BigInt', denied: 'BigInt' },
  User: { id: 'id', email: 'String', name: 'String', isActive: 'Boolean' }
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldType>>>>

export type KeyModel = keyof typeof keyModels

/** What an owner need not have. */
export const optionalOwnerFields: readonly string[] = ['email', 'name', 'isActive']

/** A field's type, where the store knows the model and the field. */
export const typeOfField = (model: string, field: string): FieldType | undefined =>
  (keyModels as Readonly<Record<string, Readonly<Record<string, FieldType>>>>)[model]?.[field]

const unwatched = ['user', 'lastUsedAt', 'lastUsedIp', 'usageCount', 'updatedAt']

/** The columns of a key of whose changes a change feed tells: all but those that each use writes. */
export const watchedKeyFields: readonly string[] = Object.keys(keyModels.ApiKey).filter(
  (field) => !unwatched.includes(field)
)
