/** The embedded file: private, in WAL mode, migrated once, and whole after close(). */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiKeys } from 'keystile'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/migrate.js'
import { packagedMigrations } from '../helpers/prisma-migrate.js'
import { openSql } from '../helpers/sql.js'

const root = mkdtempSync(join(tmpdir(), 'keystile-file-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let folder = root
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'))
  path = join(folder, 'keys.db')
})

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

async function withKey(url: string) {
  const keys = createApiKeys({ url })
  const { owner } = await keys.ensureOwner({ email: 'ada@example.com' })
  return { keys, ...(await keys.create({ ownerId: owner.id, name: 'laptop' })) }
}

describe('at first use', () => {
  test('the file is made and migrated, and not before', async () => {
    const keys = createApiKeys({ url: `file:${path}` })
    expect(existsSync(path)).toBe(false)
    await expect(keys.list()).resolves.toMatchObject({ items: [] })
    expect(existsSync(path)).toBe(true)
    await keys.close()
  })

  test.each([0o000, 0o022, 0o077])('file, -wal and -shm are for their user alone (umask %o)', async (umask) => {
    const before = process.umask(umask)
    try {
      const { keys } = await withKey(`file:${path}`)
      expect(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))])).toEqual([
        ['keys.db', '600'],
        ['keys.db-shm', '600'],
        ['keys.db-wal', '600']
      ])
      await keys.close()
    } finally {
      process.umask(before)
    }
  })

  test('so is a file behind a link whose target was missing', async () => {
    mkdirSync(join(folder, 'data'))
    symlinkSync(join(folder, 'data/target.db'), path)
    const { keys } = await withKey(`file:${path}`)
    expect(modeOf(join(folder, 'data/target.db'))).toBe('600')
    await keys.close()
  })

  test('WAL mode is on, and stays with the file', async () => {
    const { keys } = await withKey(`file:${path}`)
    await keys.close()
    const { query, close } = await openSql(`file:${path}`)
    expect(await query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
    await close()
  })

  test.each(['with space.db', '100%.db', 'ümläut#1?.db'])('a file may be called %s', async (name) => {
    const { keys, token } = await withKey(`file:${join(folder, name).replace(/[%#?]/g, encodeURIComponent)}`)
    await expect(keys.verify(token)).resolves.toBeDefined()
    expect(readdirSync(folder)).toContain(name)
    await keys.close()
  })
})

describe('later', () => {
  test('a second start finds nothing to do and all keys', async () => {
    const first = await withKey(`file:${path}`)
    await first.keys.close()
    const keys = createApiKeys({ url: `file:${path}` })
    expect((await migrateDatabase(keys)).applied).toEqual([])
    await expect(keys.verify(first.token)).resolves.toMatchObject({ apiKey: { id: first.apiKey.id } })
    await keys.close()
    const { query, close } = await openSql(`file:${path}`)
    expect(await query('SELECT count(*) AS n FROM _prisma_migrations')).toEqual([
      { n: packagedMigrations('sqlite').length }
    ])
    await close()
  })

  test('a start while another instance has the file open does not disturb it', async () => {
    const first = await withKey(`file:${path}`)
    const second = await withKey(`file:${path}`)
    await expect(first.keys.verify(second.token)).resolves.toBeDefined()
    await second.keys.close()
    await expect(first.keys.verify(first.token)).resolves.toBeDefined()
    await first.keys.close()
  })

  test('after close() everything is in the one file, which can be copied', async () => {
    const { keys, token } = await withKey(`file:${path}`)
    await keys.verify(token)
    await keys.close()
    copyFileSync(path, join(folder, 'copy.db'))
    const copy = createApiKeys({ url: `file:${join(folder, 'copy.db')}` })
    await expect(copy.verify(token)).resolves.toMatchObject({ owner: { email: 'ada@example.com' } })
    await expect(copy.list()).resolves.toMatchObject({ items: [{ usageCount: 1 }] })
    await copy.close()
  })
})
