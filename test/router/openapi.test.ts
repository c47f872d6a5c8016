/** The OpenAPI document of the management API. That answers are as it says, test/helpers/management.ts checks at each one. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { apiKeyRouter, createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { freshSqlite } from '../helpers/databases.js'

const router = apiKeyRouter({ keys: createApiKeys({ url: await freshSqlite() }), actor: () => null })
interface Operation {
  readonly operationId: string
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>> }
  readonly responses: Readonly<Record<string, object>>
}
const document = router.openapi('/keys') as {
  openapi: string
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> }
}

test('it is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('it says where the API is, and by what scheme keys authenticate', () => {
  expect(document.servers).toEqual([{ url: '/keys' }])
  expect(document.components.securitySchemes['apiKey']).toMatchObject({ type: 'http', scheme: 'bearer' })
  expect((router.openapi() as typeof document).servers).toEqual([{ url: '/' }])
  expect(() => router.openapi('keys')).toThrow(TypeError)
})

test('it has every route, each with a name of its own', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`)
  )
  expect(operations.sort()).toEqual([
    'delete /{id}',
    'get /',
    'get /events',
    'get /scopes',
    'get /{id}',
    'get /{id}/events',
    'get /{id}/usage',
    'patch /{id}',
    'post /',
    'post /{id}/revoke',
    'post /{id}/rotate'
  ])
  const names = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId)
  )
  expect(new Set(names).size).toBe(names.length)
})

describe('its schemas', () => {
  test('all that are referred to are there, and all that are there are referred to', () => {
    const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name)
    expect([...new Set(referred)].sort()).toEqual(Object.keys(document.components.schemas).sort())
  })

  test('what is sent and answered knows no further field', () => {
    for (const [name, schema] of Object.entries(document.components.schemas))
      expect(schema, name).toMatchObject({ type: 'object', ...(name !== 'Problem' && { additionalProperties: false }) })
  })

  test('no key hash and no metadata is in it; the token is with a new key alone', () => {
    const text = JSON.stringify(document.components.schemas)
    expect(text).not.toMatch(/keyHash|hashAlg|metadata/)
    expect(text.match(/"token":/g)).toHaveLength(1)
    expect(document.components.schemas['NewApiKey']).toHaveProperty('properties.token')
  })
})
