/** A PostgreSQL that can't be reached: an error in time, without the password, and no restart once it is there. */
import { inspect } from 'node:util'
import express from 'express'
import { ApiKeyError, type ApiKeys, apiKeyAuth, createApiKeys } from 'keystile'
import { describe, expect, inject, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { createToken } from '../../src/token.js'
import { databases, freshPostgres } from '../helpers/databases.js'
import { door } from '../helpers/doors.js'
import { serve } from '../helpers/express-apps.js'
import { freshKeys } from '../helpers/keys.js'
import { recordEvents } from '../helpers/recorded-events.js'
import { openSql } from '../helpers/sql.js'

const deadlineMs = 400
const [, postgres] = databases as [unknown, (typeof databases)[number]]
const secret = 'pass-that-nobody-sees'

async function failure(keys: ApiKeys): Promise<{ error: ApiKeyError; tookMs: number }> {
  const startedAt = performance.now()
  const error = await keys.ready().catch((error: unknown) => error)
  if (!(error instanceof ApiKeyError)) throw new Error(`not an ApiKeyError: ${error}`)
  return { error, tookMs: performance.now() - startedAt }
}

function urlOf(url: string, change: Partial<URL>): string {
  return Object.assign(new URL(url), change).href
}

describe('an opening that fails', () => {
  async function cases() {
    const server = inject('postgresUrl')
    const [shut, silent] = [await door(), await door()]
    await silent.beSilent()
    const at = (port: number) => `postgresql://ada:${secret}@127.0.0.1:${port}/shop`
    return {
      'nobody listens': [at(shut.port), /can't be reached \(ECONNREFUSED\)/],
      'it says nothing': [at(silent.port), /can't be reached \(.*timeout.*\)/],
      'a wrong password': [urlOf(server, { password: secret }), /refused the login/],
      'an unknown user': [urlOf(server, { username: 'nobody' }), /refused the login/],
      'a missing database': [urlOf(server, { pathname: '/missing' }), /no such database.*createdb/]
    } satisfies Record<string, [string, RegExp]>
  }

  test.each([
    'nobody listens',
    'it says nothing',
    'a wrong password',
    'an unknown user',
    'a missing database'
  ] as const)('%s: unavailable, in time, and no password in what is told', async (name) => {
    const [url, message] = (await cases())[name]
    const events = recordEvents()
    const keys = createApiKeys({ url, deadlineMs })
    const { error, tookMs } = await failure(keys)
    expect(error).toMatchObject({ code: 'unavailable', status: 503, headers: { 'Retry-After': '1' } })
    expect(error.message).toMatch(message)
    // Twice the deadline and the time of a slow machine: the point is that it does not hang.
    expect(tookMs).toBeLessThan(deadlineMs * 2 + 2_000)
    expect(events).toMatchObject([{ name: 'keystile:warning', payload: { code: 'database_unavailable' } }])
    for (const told of [inspect(error, { depth: 10 }), error.stack, inspect(events, { depth: 10 })]) {
      expect(told).not.toContain(secret)
      expect(told).not.toContain('postgres:postgres')
    }
    await keys.close()
  })
})

test('requests get 503 while a server is silent, and are let in once it answers', async () => {
  const { url, keys: issuer, owner } = await freshKeys(postgres)
  const { token } = await issuer.create({ ownerId: owner.id, name: 'laptop' })
  const entrance = await door()
  await entrance.beSilent()
  const keys = createApiKeys({ url: urlOf(url, { port: String(entrance.port) }), deadlineMs })
  const app = express()
  app.use(apiKeyAuth({ keys }), (req, res) => void res.send(req.owner?.['email']))
  const { request } = await serve(app)
  const authorization = `Bearer ${token}`

  expect(await request({ authorization })).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  await entrance.shut()
  expect(await request({ authorization })).toMatchObject({ status: 503 })
  await entrance.leadTo(Number(new URL(url).port))
  await expect
    .poll(() => request({ authorization }), { timeout: 10_000 })
    .toMatchObject({ status: 200, body: 'owner1@example.com' })
  await entrance.beSilent()
  expect(await request({ authorization })).toMatchObject({ status: 503 })
  await entrance.leadTo(Number(new URL(url).port))
  await expect.poll(() => request({ authorization }), { timeout: 10_000 }).toMatchObject({ status: 200 })
  await keys.close()
})

test('a server that falls silent between the login and the first answer is given up too', async () => {
  const url = await freshPostgres()
  const { query, close } = await openSql(url)
  await query('CREATE TABLE keystile_schema (id integer, version integer, min_reader integer)')
  await query('BEGIN')
  await query('LOCK TABLE keystile_schema IN ACCESS EXCLUSIVE MODE')
  const keys = createApiKeys({ url, deadlineMs })
  const { error } = await failure(keys)
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('timeout') })
  await query('ROLLBACK')
  await close()
  expect((await failure(keys)).error).toMatchObject({ code: 'incompatible_database' })
  await keys.close()
})

test('a database that is made and migrated later is found', async () => {
  const name = `later_${Date.now()}`
  const server = inject('postgresUrl')
  const keys = createApiKeys({ url: urlOf(server, { pathname: `/${name}` }), deadlineMs })
  await expect(keys.ready()).rejects.toMatchObject({ code: 'unavailable' })
  await expect(migrateDatabase(keys)).rejects.toMatchObject({ code: 'unavailable' })
  const { query, close } = await openSql(server)
  await query(`CREATE DATABASE ${name} TEMPLATE template0`)
  await close()
  await expect(keys.ready()).rejects.toMatchObject({ code: 'not_migrated' })
  await migrateDatabase(keys)
  await keys.ready()
  await keys.close()
})

test('close() while an opening hangs returns in its time', async () => {
  const silent = await door()
  await silent.beSilent()
  const keys = createApiKeys({ url: `postgresql://ada:${secret}@127.0.0.1:${silent.port}/shop`, deadlineMs: 60_000 })
  const verifying = keys.verify(createToken('sk_')).catch((error: ApiKeyError) => error.code)
  expect(await keys.close({ timeoutMs: 50 })).toEqual({ unwritten: 0 })
  await silent.shut()
  expect(await verifying).toBe('unavailable')
})
