/** Connection strings: what is understood, and that no message has a password in it. */
import { createApiKeys } from 'keystile'
import pg from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { freshPostgres } from '../helpers/databases.js'

const secret = 'hunter2x'

describe('a url that is none of a database that keystile works with', () => {
  test.each([
    ['mysql://root:hunter2x@localhost/app', 'begins with mysql:'],
    ['mongodb+srv://root:hunter2x@cluster/app', 'begins with mongodb+srv:'],
    ['prisma+postgres://localhost:51213/?api_key=hunter2x', 'begins with prisma+postgres:'],
    ['sqlite:./hunter2x.db', 'begins with sqlite:'],
    ['./hunter2x.db', 'is not a URL'],
    ['//root:hunter2x@localhost/app', 'is not a URL'],
    ['POSTGRES_PASSWORD=hunter2x', 'is not a URL'],
    ['postgresql:/root:hunter2x@localhost/app', 'begins with postgresql:'],
    ['postgresql://root:hunter2x@localhost:99999/app', 'not a valid postgresql:// URL'],
    ['postgresql://root:hunter2x@localhost:port/app', 'not a valid postgresql:// URL'],
    ['postgresql://root:hunter2x@/app name', 'not a valid postgresql:// URL'],
    ['file:', 'must name a file'],
    ['file::memory:?cache=shared&hunter2x', 'must name a file'],
    ['file:./a.db?password=hunter2x', 'must name a file'],
    ['', 'must be a connection string'],
    ['  ', 'must be a connection string']
  ])('%s is a TypeError', (url, message) => {
    const make = () => createApiKeys({ url })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
    expect(make).not.toThrow(secret)
  })

  test.each([5, null, {}, ['file:./a.db'], new URL('file:///a.db')])('%j is a TypeError', (url) => {
    expect(() => createApiKeys({ url: url as unknown as string })).toThrow('must be a connection string')
  })
})

describe('a password with special characters that is not percent-encoded', () => {
  // Each of these would end the host, so that what follows could pass for a port, a path or a parameter to show.
  test.each(['12#34', '12/34', '12?34', '12%zz', 'a#34', '#', '/', '12/3@4'])(
    '%s is refused and not shown',
    (password) => {
      const make = () => createApiKeys({ url: `postgresql://root:${password}@localhost/app` })
      expect(make).toThrow('must be percent-encoded')
      expect(make).not.toThrow(/34|zz/)
    }
  )
})

describe('a password with special characters', () => {
  const password = `p@ss/w#r?d%&=+ "'\\:ü`

  test('works percent-encoded', async () => {
    const admin = new pg.Client({ connectionString: inject('postgresUrl') })
    await admin.connect()
    await admin.query(`CREATE ROLE special LOGIN SUPERUSER PASSWORD '${password.replaceAll("'", "''")}'`)
    await admin.end()
    const url = new URL(await freshPostgres())
    url.username = 'special'
    url.password = encodeURIComponent(password)
    const keys = createApiKeys({ url: url.href })
    await migrateDatabase(keys)
    expect(await keys.list()).toEqual({ items: [], nextCursor: null })
    await keys.close()
  })
})
