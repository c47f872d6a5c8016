/** Each reason for a refusal, as the error that an app and its client get. */
import { ApiKeyError, type DenialReason } from 'keystile'
import { describe, expect, test } from 'vitest'
import { problemOf } from '../src/answer.js'
import { defaultStyle, refusal } from '../src/refusals.js'

const bare = 'Bearer realm="api"'
const invalidToken = 'Bearer realm="api", error="invalid_token"'
const invalidRequest = 'Bearer realm="api", error="invalid_request"'

const answers: readonly [DenialReason, number, ApiKeyError['code'], string | undefined][] = [
  ['no_credentials', 401, 'missing_credentials', bare],
  ['other_scheme', 401, 'missing_credentials', bare],
  ['headers_dropped', 401, 'missing_credentials', bare],
  ['duplicate_header', 400, 'invalid_request', invalidRequest],
  ['malformed_header', 400, 'invalid_request', invalidRequest],
  ['foreign_token', 401, 'invalid_token', invalidToken],
  ['bad_checksum', 401, 'invalid_token', invalidToken],
  ['unknown', 401, 'invalid_token', invalidToken],
  ['revoked', 401, 'invalid_token', invalidToken],
  ['expired', 401, 'invalid_token', invalidToken],
  ['owner_inactive', 401, 'invalid_token', invalidToken],
  ['damaged', 401, 'invalid_token', invalidToken],
  ['insufficient_scope', 403, 'insufficient_scope', 'Bearer realm="api", error="insufficient_scope"'],
  ['database_unavailable', 503, 'unavailable', undefined],
  ['closed', 503, 'unavailable', undefined],
  ['misconfigured', 500, 'misconfigured', undefined]
]

describe.each(answers)('%s', (reason, status, code, challenge) => {
  const err = refusal(reason)

  test(`is ${status} ${code}, with its reason for logs`, () => {
    expect(err).toBeInstanceOf(ApiKeyError)
    expect(err).toBeInstanceOf(Error)
    expect(err).toMatchObject({ name: 'ApiKeyError', status, code, reason })
  })

  test(challenge === undefined ? 'has no challenge' : `challenges with ${challenge}`, () => {
    expect(err.headers['WWW-Authenticate']).toBe(challenge)
  })

  test('is not stored by caches', () => {
    expect(err.headers['Cache-Control']).toBe('no-store')
  })

  test(status === 503 ? 'says when to try again' : 'says nothing of trying again', () => {
    expect(err.headers['Retry-After']).toBe(status === 503 ? '1' : undefined)
  })

  test('has the fields of RFC 9457 in its body, and no reason', () => {
    const problem = problemOf(err)
    expect(Object.keys(problem)).toEqual(['title', 'status', 'detail', 'code'])
    expect(problem).toMatchObject({ status, code, detail: err.message })
    expect(typeof problem['title']).toBe('string')
  })
})

describe('what a client is told of a key that is not valid', () => {
  const reasons = answers.filter(([, , code]) => code === 'invalid_token').map(([reason]) => reason)

  test('by default it is the same for every reason', () => {
    expect(
      new Set(reasons.map((reason) => JSON.stringify([refusal(reason).headers, problemOf(refusal(reason))]))).size
    ).toBe(1)
  })

  test('with discloseReason it is another for each', () => {
    const style = { ...defaultStyle, discloseReason: true }
    expect(new Set(reasons.map((reason) => refusal(reason, style).message)).size).toBe(reasons.length)
  })
})

test('the realm and the required scopes are in the challenge, the missing ones in the body', () => {
  const err = refusal(
    'insufficient_scope',
    { realm: 'Ada & Co', discloseReason: false },
    { requiredScopes: ['a', 'b:c'], missingScopes: ['b:c'] }
  )
  expect(err.headers['WWW-Authenticate']).toBe('Bearer realm="Ada & Co", error="insufficient_scope", scope="a b:c"')
  expect(problemOf(err)).toEqual({
    title: 'Forbidden',
    status: 403,
    detail: 'The API key lacks a scope that this needs.',
    code: 'insufficient_scope',
    missingScopes: ['b:c']
  })
})

test('the headers of an error can not be changed', () => {
  const { headers } = refusal('unknown')
  expect(() => {
    Object.assign(headers, { 'Cache-Control': 'public' })
  }).toThrow(TypeError)
})

test('a cause is kept for logs and is not part of the JSON', () => {
  const cause = new Error('the database said no')
  const err = refusal('database_unavailable', defaultStyle, { cause })
  expect(err.cause).toBe(cause)
  expect(JSON.stringify(err)).not.toContain('said no')
})

describe('where it was made', () => {
  const frames = (reason: DenialReason) => refusal(reason).stack?.match(/^ +at /gm)?.length ?? 0

  test('is not noted of what a client did', () => {
    for (const [reason] of answers.filter(([, status]) => status < 500)) expect(frames(reason), reason).toBe(0)
  })

  test('is noted of what the service did', () => {
    for (const [reason] of answers.filter(([, status]) => status >= 500))
      expect(frames(reason), reason).toBeGreaterThan(3)
  })

  test("leaves the app's own errors their stack", () => {
    refusal('unknown')
    expect(new Error('own').stack).toMatch(/^ +at /m)
  })
})
