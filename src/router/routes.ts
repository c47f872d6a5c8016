import * as handlers from './handlers.js'
import type { AnswerName, BodyName, QueryName } from './schemas.js'

/** The management API, route by route: what answers it, and what its OpenAPI document says of it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** `:id` is the id of a key. */
  readonly path: string
  readonly name: string
  readonly summary: string
  readonly handle: (question: handlers.Question) => Promise<handlers.Reply>
  readonly body?: BodyName
  readonly isBodyOptional?: boolean
  readonly query?: QueryName
  readonly answer?: AnswerName
  readonly status: 200 | 201 | 204
  /** Which problems it has, beside those of every route. */
  readonly problems: readonly number[]
}

const { list, create, show, update, rotate, revoke, remove, usage, events, allEvents, scopes } = handlers

export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/',
    name: 'listApiKeys',
    summary: 'Keys, the newest first',
    handle: list,
    query: 'list',
    answer: 'keyPage',
    status: 200,
    problems: []
  },
  {
    method: 'POST',
    path: '/',
    name: 'createApiKey',
    summary: 'Make a key',
    handle: create,
    body: 'create',
    answer: 'newKey',
    status: 201,
    problems: [404, 409]
  },
  {
    method: 'GET',
    path: '/scopes',
    name: 'listScopes',
    summary: 'The scopes that keys may be given',
    handle: scopes,
    answer: 'scopes',
    status: 200,
    problems: []
  },
  {
    method: 'GET',
    path: '/events',
    name: 'listEvents',
    summary: 'What was done to keys, the newest first',
    handle: allEvents,
    query: 'allEvents',
    answer: 'eventPage',
    status: 200,
    problems: []
  },
  {
    method: 'GET',
    path: '/:id',
    name: 'getApiKey',
    summary: 'One key',
    handle: show,
    answer: 'apiKey',
    status: 200,
    problems: [404]
  },
  {
    method: 'PATCH',
    path: '/:id',
    name: 'updateApiKey',
    summary: 'Rename a key, or change its scopes',
    handle: update,
    body: 'update',
    answer: 'apiKey',
    status: 200,
    problems: [404, 409]
  },
  {
    method: 'DELETE',
    path: '/:id',
    name: 'deleteApiKey',
    summary: 'Remove a key',
    handle: remove,
    status: 204,
    problems: [404]
  },
  {
    method: 'POST',
    path: '/:id/rotate',
    name: 'rotateApiKey',
    summary: 'Replace a key by a new one',
    handle: rotate,
    body: 'rotate',
    answer: 'newKey',
    status: 201,
    problems: [404, 409]
  },
  {
    method: 'POST',
    path: '/:id/revoke',
    name: 'revokeApiKey',
    summary: 'End a key for good',
    handle: revoke,
    body: 'revoke',
    isBodyOptional: true,
    answer: 'apiKey',
    status: 200,
    problems: [404]
  },
  {
    method: 'GET',
    path: '/:id/usage',
    name: 'getUsage',
    summary: "What became of a key's requests",
    handle: usage,
    query: 'usage',
    answer: 'usage',
    status: 200,
    problems: [404]
  },
  {
    method: 'GET',
    path: '/:id/events',
    name: 'listEventsOfApiKey',
    summary: 'What was done to a key, the newest first',
    handle: events,
    query: 'events',
    answer: 'eventPage',
    status: 200,
    problems: [404]
  }
]

interface Found {
  readonly route: Route
  readonly id: string
}

function idIn(path: string, pattern: string): string | undefined {
  const parts = path.split('/')
  const wanted = pattern.split('/')
  if (parts.length !== wanted.length) return undefined
  let id = ''
  for (const [i, want] of wanted.entries()) {
    if (want === ':id' && parts[i] !== '') id = parts[i] ?? ''
    else if (want !== parts[i]) return undefined
  }
  return id
}

/** The routes of a path, by method; empty where it is none of this API. HEAD is answered as GET (RFC 9110 section 9.3.2). */
export function routesAt(path: string): ReadonlyMap<string, Found> {
  const plain = path.length > 1 ? path.replace(/\/$/, '') : path
  const matching = routes.flatMap((route) => {
    const id = idIn(plain, route.path)
    return id === undefined ? [] : [{ route, id }]
  })
  // A path of words is that alone: `/scopes` is no key.
  const exact = matching.filter(({ route }) => !route.path.includes(':id'))
  const found = exact.length > 0 ? exact : matching
  const byMethod = new Map(found.map((each) => [each.route.method as string, each]))
  const get = byMethod.get('GET')
  if (get) byMethod.set('HEAD', get)
  return byMethod
}
