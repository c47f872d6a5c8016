import type { z } from 'zod'
import { loadZod } from './libraries.js'
import { type Route, routes } from './routes.js'
import { schemas } from './schemas.js'

const reference = (id: string) => `#/components/schemas/${id}`

const problemWords: Readonly<Record<number, string>> = {
  400: 'The request is not understood; `field` names what was wrong.',
  401: 'Nobody is signed in, or the key that asks is refused.',
  403: 'Not allowed: of another site, or more than whoever asks may do.',
  404: 'There is no such key, or it is of another owner.',
  409: 'The state of the key, or the number of keys, forbids it.',
  413: 'The body is too long.',
  415: 'The body is not JSON.',
  500: 'The app is not set up correctly.',
  503: 'The database can not be asked, for now.'
}

const refersTo = (schema: z.ZodType) => ({ $ref: reference(schemas().documents.get(schema)?.id ?? '') })

function problem(status: number): [string, object] {
  const description = problemWords[status] ?? 'A problem.'
  return [
    String(status),
    { description, content: { 'application/problem+json': { schema: { $ref: reference('Problem') } } } }
  ]
}

/** A query's fields, each a parameter. */
function parametersOf(query: z.ZodObject): object[] {
  const { properties = {} } = loadZod().toJSONSchema(query, { io: 'input' })
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }))
}

function operationOf(route: Route): object {
  const { name: operationId, summary, body, isBodyOptional = false, query, answer, status, problems } = route
  const { bodies, queries, answers } = schemas()
  const ownProblems = [400, 401, 403, ...problems, ...(body ? [413, 415] : []), 500, 503]
  const ofId = route.path.includes(':id')
    ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' }, description: 'The id of the key.' }]
    : []
  const parameters = [...ofId, ...(query ? parametersOf(queries[query]) : [])]
  return {
    operationId,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: !isBodyOptional, content: { 'application/json': { schema: refersTo(bodies[body]) } } }
    }),
    responses: {
      [status]: {
        description: answer ? 'Done.' : 'Done; there is nothing to say.',
        ...(answer && { content: { 'application/json': { schema: refersTo(answers[answer]) } } })
      },
      ...Object.fromEntries(ownProblems.map(problem))
    }
  }
}

/** The schemas by name, without the identifiers that only a document of their own would need. */
function namedSchemas(): Record<string, object> {
  const made = loadZod().toJSONSchema(schemas().documents, { uri: reference, io: 'input' }).schemas
  return Object.fromEntries(Object.entries(made).map(([id, { $id, $schema, ...schema }]) => [id, schema]))
}

function paths(): Record<string, Record<string, object>> {
  const found: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replace(':id', '{id}')
    found[path] = { ...found[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return found
}

/** The management API in OpenAPI 3.1, with the scheme by which keys themselves authenticate (RFC 6750). */
export function openApiDocument(mountedAt: string): object {
  if (typeof mountedAt !== 'string' || !mountedAt.startsWith('/'))
    throw new TypeError("openapi() takes the path at which the app mounts the router, such as '/keys'.")
  return {
    openapi: '3.1.0',
    info: {
      title: 'API keys',
      version: '1',
      description: "Owners manage their own API keys, signed in by the app's own session."
    },
    servers: [{ url: mountedAt }],
    paths: paths(),
    components: {
      schemas: namedSchemas(),
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer sk_...`' }
      }
    }
  }
}
