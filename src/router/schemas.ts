import type { z } from 'zod'
import { describe, invalidArgument } from '../errors.js'
import { misspelt } from '../spelling.js'
import { answersIn } from './answers.js'
import { loadZod } from './libraries.js'
import { requestsIn } from './requests.js'

type Schemas = ReturnType<typeof makeSchemas>
export type BodyName = keyof Schemas['bodies']
export type QueryName = keyof Schemas['queries']
export type AnswerName = keyof Schemas['answers']

let made: Schemas | undefined

/** What requests may hold and answers do hold, made with the first router. */
export function schemas(): Schemas {
  made ??= makeSchemas()
  return made
}

function makeSchemas() {
  const { z } = loadZod()
  const { bodies, queries } = requestsIn(z)
  const answers = answersIn(z)
  // A registry of our own: names in the one that all share could be an app's too.
  const documents = z.registry<{ readonly id: string }>()
  documents.add(answers.apiKey, { id: 'ApiKey' })
  documents.add(answers.newKey, { id: 'NewApiKey' })
  documents.add(answers.event, { id: 'ApiKeyEvent' })
  documents.add(answers.keyPage, { id: 'ApiKeyPage' })
  documents.add(answers.eventPage, { id: 'ApiKeyEventPage' })
  documents.add(answers.usage, { id: 'Usage' })
  documents.add(answers.scopes, { id: 'Scopes' })
  documents.add(answers.problem, { id: 'Problem' })
  documents.add(bodies.create, { id: 'CreateApiKey' })
  documents.add(bodies.update, { id: 'UpdateApiKey' })
  documents.add(bodies.rotate, { id: 'RotateApiKey' })
  documents.add(bodies.revoke, { id: 'RevokeApiKey' })
  return { bodies, queries, answers, documents }
}

/** @throws ApiKeyError `invalid_argument` that names the field, never its value */
export const parseBody = <Name extends BodyName>(name: Name, value: unknown): z.output<Schemas['bodies'][Name]> =>
  parse('body', schemas().bodies[name], value)

/** @throws ApiKeyError as `parseBody` */
export const parseQuery = <Name extends QueryName>(name: Name, value: unknown): z.output<Schemas['queries'][Name]> =>
  parse('query', schemas().queries[name], value)

function parse<Schema extends z.ZodObject>(where: 'body' | 'query', schema: Schema, value: unknown): z.output<Schema> {
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
