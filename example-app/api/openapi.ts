import type { ApiKeyRouter, RegisteredScope } from 'keystile'
import { z } from 'zod'
import { schemas } from './schemas.js'

type Name = keyof typeof schemas

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const content = (name: Name) => ({ content: { 'application/json': { schema: reference(name) } } })
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: reference('Problem') } }
})

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly scope?: RegisteredScope
  readonly body?: Name
  readonly status: 200 | 201
  readonly answer: Name
}

const operation = ({ operationId, summary, scope, body, status, answer }: Operation) => ({
  operationId,
  summary: scope === undefined ? summary : `${summary}. Needs the scope ${scope}.`,
  security: [{ apiKey: [] }],
  ...(body && { requestBody: { required: true, ...content(body) } }),
  responses: {
    [status]: { description: 'Done.', ...content(answer) },
    ...(body && { 400: problem('The body is not understood.'), 415: problem('The body is not JSON.') }),
    401: problem('No key, or none that is good.'),
    ...(scope && { 403: problem('The key lacks the scope.') }),
    429: problem('Too many requests of this key.'),
    503: problem('The key can not be checked, for now.')
  }
})

const ownPaths = {
  '/api/me': {
    get: operation({ operationId: 'whoAmI', summary: 'Whose key it is, and what it may do', status: 200, answer: 'Me' })
  },
  '/api/reports': {
    get: operation({
      operationId: 'listReports',
      summary: 'The newest 100 reports of the owner',
      scope: 'reports:read',
      status: 200,
      answer: 'Reports'
    }),
    post: operation({
      operationId: 'createReport',
      summary: 'Write a report',
      scope: 'reports:write',
      body: 'NewReport',
      status: 201,
      answer: 'Report'
    })
  },
  '/api/admin/users': {
    get: operation({
      operationId: 'listUsers',
      summary: 'The newest 100 accounts, for admins',
      scope: 'users:admin',
      status: 200,
      answer: 'Users'
    })
  }
}

function ownSchemas(): Record<string, object> {
  const made = Object.entries(schemas).map(([name, schema]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
    return [name, rest]
  })
  return Object.fromEntries(made)
}

interface Document {
  readonly paths: Readonly<Record<string, object>>
  readonly components: { readonly schemas: object; readonly securitySchemes: object }
}

/** The API and, below the path of its router, the management of keys, in one document. */
export function openApi(router: ApiKeyRouter, mountedAt: string, cookieName: string): object {
  const { paths, components, ...rest } = router.openapi(mountedAt) as Document
  const session = { type: 'apiKey', in: 'cookie', name: cookieName, description: 'Of whoever is signed in.' }
  const managed = Object.entries(paths).map(([path, item]) => [
    path === '/' ? mountedAt : mountedAt + path,
    Object.fromEntries(Object.entries(item).map(([method, each]) => [method, { ...each, security: [{ session: [] }] }]))
  ])
  return {
    ...rest,
    info: { title: 'Reports', version: '1', description: 'Reports by API, and the keys for it.' },
    servers: [{ url: '/' }],
    paths: { ...ownPaths, ...Object.fromEntries(managed) },
    components: {
      ...components,
      schemas: { ...components.schemas, ...ownSchemas() },
      securitySchemes: { ...components.securitySchemes, session }
    }
  }
}
