/** An app in strict TypeScript that uses all of the public types; it is compiled, never run. See consumer.test.ts. */
import { subscribe } from 'node:diagnostics_channel'
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import {
  type ApiKey,
  type ApiKeyAuth,
  type ApiKeyAuthOptions,
  ApiKeyError,
  type ApiKeyErrorCode,
  type ApiKeyRecord,
  type ApiKeys,
  type ApiKeysOptions,
  type Authenticated,
  apiKeyAuth,
  type CreatedKey,
  type CreateKeyInput,
  createApiKeys,
  type DenialReason,
  type Duration,
  type ErrorHandler,
  type GuardArguments,
  getApiKey,
  type Id,
  type ImportOptions,
  type ImportReport,
  type KeyPage,
  type KeyStatus,
  type KeystileEvents,
  type ListKeysInput,
  type Owner,
  type RotateKeyInput,
  requireAnyScope,
  requireScopes,
  type ScopesOf,
  type UpdateKeyInput
} from 'keystile'

/** Compiles only where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export const same = <A, B>(proof: Same<A, B>): boolean => proof

const app = express()
const keys: ApiKeys = createApiKeys()

// The middleware: what it takes, and that Express takes it everywhere.
const auth: ApiKeyAuth = apiKeyAuth()
same<typeof auth.keys, ApiKeys>(true)
app.use(auth)
app.use('/api', apiKeyAuth({ keys }))
express.Router().use(apiKeyAuth({ optional: true, foreignTokens: 'pass', realm: 'reports', discloseReason: true }))
app.get('/one', apiKeyAuth({ onError: 'next' }), (_req, res) => void res.json({}))

const onError: ErrorHandler = (err, req, res, next) => {
  same<typeof err, ApiKeyError>(true)
  same<typeof req, Request>(true)
  same<typeof res, Response>(true)
  same<typeof next, NextFunction>(true)
  return res
    .status(err.status)
    .set(err.headers)
    .json({ code: err.code, field: err.field ?? null })
}
apiKeyAuth({ onError })
apiKeyAuth({ onError: (err, _req, res) => res.json({ code: err.code, missing: err.missingScopes ?? [] }) })
apiKeyAuth({ onError: async (_err, _req, _res, next) => next() })
export const options: ApiKeyAuthOptions = { keys: auth.keys }

// @ts-expect-error a misspelt option
apiKeyAuth({ optoinal: true })
// @ts-expect-error keys is what createApiKeys returned
apiKeyAuth({ keys: {} })
// @ts-expect-error not one of the two
apiKeyAuth({ onError: 'throw' })
// @ts-expect-error not one of the two
apiKeyAuth({ foreignTokens: true })
// @ts-expect-error exactly optional: left out, not undefined
apiKeyAuth({ realm: undefined })

// The request, without casts.
app.get('/me', (req, res) => {
  same<typeof req.apiKey, ApiKey | undefined>(true)
  same<typeof req.owner, Owner | undefined>(true)
  const scopes: readonly string[] = req.apiKey?.scopes ?? []
  const email: string | null | undefined = req.owner?.email
  const both: Authenticated = getApiKey(req)
  res.json({ scopes, email, id: String(both.apiKey.id), expires: both.apiKey.expiresAt?.toISOString() })
})
export const handler: RequestHandler = (req, res, next) => {
  // @ts-expect-error it may be missing: Express does not know what ran before
  res.json(req.apiKey.name)
  // @ts-expect-error a key is read-only
  getApiKey(req).apiKey.name = 'other'
  // @ts-expect-error so are its scopes
  getApiKey(req).apiKey.scopes.push('*')
  // @ts-expect-error no hash is ever there
  res.json(getApiKey(req).apiKey.keyHash)
  next()
}

// Guards, in all of their forms.
const scopesOf: ScopesOf = (req) => ['teams:read', `teams:${String(req.params['team'])}`]
const given: GuardArguments = ['reports:read']
app.get(
  '/reports',
  requireScopes('reports:read'),
  requireScopes('reports:read', 'reports:write'),
  requireScopes(['reports:read', 'reports:write']),
  requireScopes((req) => `teams:${String(req.params['team'])}`),
  requireScopes(scopesOf),
  requireScopes(...given),
  requireAnyScope('reports:read', 'admin'),
  requireAnyScope(['reports:read']),
  requireAnyScope(() => ['reports:read']),
  (_req, res) => void res.json([])
)
// @ts-expect-error a scope is a string
requireScopes(42)
// @ts-expect-error a function returns scopes
requireScopes(() => true)
// @ts-expect-error one array, or names one after the other
requireScopes(['reports:read'], 'admin')
// @ts-expect-error not later: the guard decides in the same turn
requireAnyScope(async () => ['reports:read'])

// Instances.
const all: ApiKeysOptions = {
  url: 'file:./keystile.db',
  prefix: 'sk_test_',
  acceptPrefixes: ['sk_'],
  deadlineMs: 1_000,
  usage: 'immediate',
  flushIntervalMs: 500,
  now: () => Date.now()
}
createApiKeys(all)
createApiKeys({ prisma: {} })
// @ts-expect-error a misspelt option
createApiKeys({ prefixes: ['sk_'] })
// @ts-expect-error a url is a string
createApiKeys({ url: new URL('file:///keystile.db') })
// @ts-expect-error not one of the two
createApiKeys({ usage: 'later' })

// The life of a key.
export async function life(ownerId: Id): Promise<void> {
  const input: CreateKeyInput = { ownerId, name: 'laptop', scopes: ['reports:read'], expiresIn: '90d' }
  const created: CreatedKey = await keys.create(input)
  same<typeof created.token, string>(true)
  const record: ApiKeyRecord = created.apiKey
  same<typeof record.status, KeyStatus>(true)
  same<typeof record.usageCount, number>(true)
  same<typeof record.lastUsedAt, Date | null>(true)
  const page: KeyPage = await keys.list({ ownerId, limit: 10 } satisfies ListKeysInput)
  const [first] = page.items
  same<typeof first, ApiKeyRecord | undefined>(true)
  if (page.nextCursor !== null) await keys.list({ cursor: page.nextCursor })
  const found = await keys.get(record.id)
  same<typeof found, ApiKeyRecord | null>(true)
  await keys.update(record.id, { name: 'ci', expiresAt: null, metadata: null } satisfies UpdateKeyInput)
  const rotated = await keys.rotate(record.id, { grace: '24h' } satisfies RotateKeyInput)
  await keys.rotate(rotated.apiKey.id, { grace: 0, expiresAt: new Date(0) })
  await keys.revoke(record.id, { reason: 'lost' })
  await keys.revokeToken(created.token)
  const { revoked } = await keys.revokeOwner(ownerId)
  await keys.delete(record.id)
  const imported: ImportReport = await keys.import(
    [{ userId: ownerId, keyHash: 'f'.repeat(64) }],
    {
      dryRun: true,
      form: { prefix: 'sk_', length: 46, alphabet: 'base64url' },
      hash: 'sha256'
    } satisfies ImportOptions,
    { actor: 'ada@example.com' }
  )
  for (const { row, line, reason } of imported.problems) console.log(row, line ?? row, reason.length)
  // @ts-expect-error none of the alphabets
  await keys.import([], { form: { alphabet: 'base58' } })
  const { deleted } = await keys.prune({ olderThan: '30d' })
  const { apiKey, owner }: Authenticated = await keys.verify(created.token, { ip: '192.0.2.1' })
  await keys.ready()
  const ensured = await keys.ensureOwner({ email: 'ada@example.com' })
  same<typeof ensured.created, boolean>(true)
  const { unwritten } = await keys.close({ timeoutMs: 1_000 })
  console.log(revoked + deleted + unwritten, apiKey.metadata?.['team'], owner.name, await keys.findOwner('a@b.example'))
}

export async function misuse(id: Id): Promise<void> {
  // @ts-expect-error a key has an owner
  await keys.create({ name: 'laptop' })
  // @ts-expect-error not a duration
  await keys.create({ ownerId: id, name: 'laptop', expiresIn: '90 days' })
  // @ts-expect-error a misspelt field
  await keys.create({ ownerId: id, name: 'laptop', expiresin: '90d' })
  // @ts-expect-error an id is no object: that would be an operator of a query
  await keys.get({ not: '' })
  // @ts-expect-error the grace is not optional
  await keys.rotate(id, {})
  // @ts-expect-error a key stays its owner's
  await keys.update(id, { ownerId: id })
  // @ts-expect-error a revoked key is never enabled again
  await keys.update(id, { isActive: true })
}
export const durations: readonly Duration[] = ['30s', '15m', '24h', '90d', '2w', 0]

// Errors: a union to switch over.
export function explain(error: unknown): string {
  if (!(error instanceof ApiKeyError)) throw error
  const reason: DenialReason | undefined = error.reason
  switch (error.code) {
    case 'conflict':
      return error.message
    case 'invalid_argument':
      return error.field ?? 'an argument'
    // @ts-expect-error no such code
    case 'no_such_code':
      return 'never'
    default:
      return reason ?? error.code
  }
}
export const codes: readonly ApiKeyErrorCode[] = ['missing_credentials', 'not_found']

// Events.
subscribe('keystile:denied' satisfies keyof KeystileEvents, (message) => {
  const event = message as KeystileEvents['keystile:denied']
  same<typeof event.reason, DenialReason>(true)
  same<typeof event.apiKeyId, Id | undefined>(true)
  console.log(event.status, event.apiKeyId ?? 'no key', event.ip?.length)
})
export type Rotated = KeystileEvents['keystile:rotated']
// @ts-expect-error no such channel
export type None = KeystileEvents['keystile:used']
