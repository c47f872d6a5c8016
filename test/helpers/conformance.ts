/** Holds requests and answers against an OpenAPI document. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'

/** One request and its answer; a body is undefined where there is none. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly sent: unknown
  readonly status: number
  readonly contentType: string
  readonly answered: unknown
}

interface Operation {
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}
interface Content {
  readonly content?: object
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

/** The path of the document that a request is of; words before ids. */
function placeOf(paths: Paths, path: string): string {
  const [bare = ''] = path.split('?')
  const plain = bare.length > 1 ? bare.replace(/\/$/, '') : bare
  return paths[plain] ? plain : plain.replace(/^\/[^/]+/, '/{id}')
}

const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1')

/** Where the schema of a body is; undefined where the document has none. */
function schemaOf(place: readonly string[], { content }: Content = {}): string | undefined {
  const [type] = Object.keys(content ?? {})
  return type === undefined
    ? undefined
    : `api#/${['paths', ...place, 'content', type, 'schema'].map(escaped).join('/')}`
}

/** @returns what throws where an answer, or a request that was accepted, is none that the document knows */
export function conformance(openapi: object): (exchange: Exchange) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(openapi, 'api')
  const { paths } = openapi as { paths: Paths }
  const expectValid = (schema: string | undefined, value: unknown, what: string) => {
    if (schema === undefined) throw new Error(`The OpenAPI document has no ${what}: ${JSON.stringify(value)}`)
    const validate = ajv.getSchema(schema) ?? ajv.compile({ $ref: schema })
    expect(validate(value), `${what}: ${JSON.stringify(validate.errors)}`).toBe(true)
  }

  return ({ method, path, sent, status, contentType, answered }) => {
    // What is not JSON is the app's own answer; a method that is not in the document is answered 405.
    if (method === 'HEAD' || !contentType.includes('json') || status === 405) return
    const place = [placeOf(paths, path), method.toLowerCase()] as const
    const { requestBody, responses } = paths[place[0]]?.[place[1]] ?? { responses: {} }
    const answer = schemaOf([...place, 'responses', String(status)], responses[status])
    expectValid(answer, answered, `answer ${status} to ${method} ${path}`)
    if (status < 300 && sent !== undefined)
      expectValid(schemaOf([...place, 'requestBody'], requestBody), sent, `request ${method} ${path}`)
  }
}
