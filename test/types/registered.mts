// An app whose catalogue of scopes is registered: a misspelt scope in a guard does not compile.
import {
  type Actor,
  apiKeyRouter,
  createApiKeys,
  defineScopes,
  type RegisteredScope,
  requireAnyScope,
  requireScopes,
  type ScopeCatalogue
} from 'keystile'

const scopes = defineScopes({ 'reports:read': 'Read reports', 'reports:write': 'Write reports' })

declare module 'keystile' {
  interface Register {
    scopes: typeof scopes
  }
}

export const all: readonly RegisteredScope[] = ['reports:read', 'reports:write']
// @ts-expect-error no such scope
export const none: RegisteredScope = 'reports:delete'

requireScopes('reports:read', 'reports:write')
requireScopes(['reports:read'])
requireAnyScope('reports:read')
requireScopes((req) => `teams:${String(req.params['team'])}`)
// @ts-expect-error misspelt
requireScopes('reports:raed')
// @ts-expect-error misspelt, in an array
requireAnyScope(['reports:read', 'reports:wriet'])

const catalogue: ScopeCatalogue = scopes
const keys = createApiKeys({ url: 'file:./app.db', scopes: catalogue })
// @ts-expect-error what it allows has to be said
defineScopes({ 'reports:read': true })

const actor = async (): Promise<Actor | null> => ({ ownerId: 'ada', scopes: ['*'] })
export const router = apiKeyRouter({ keys, actor, maxKeysPerOwner: 10, page: true, signInPath: '/sign-in' })
export const document: object = router.openapi('/keys')
// @ts-expect-error an actor is needed
apiKeyRouter({ keys })
// @ts-expect-error whose keys?
apiKeyRouter({ keys, actor: () => ({ scopes: [] }) })
