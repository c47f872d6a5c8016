/** The commands that tell what was done to keys and with them: events, usage, list --expiring. */
import { type ApiKeys, createApiKeys } from 'keystile'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshSqlite } from '../helpers/databases.js'
import { until } from '../helpers/until.js'
import { freshFolder, json, keystile, type Place } from './run-keystile.js'

interface Page {
  readonly items: readonly { readonly type: string; readonly name: string }[]
  readonly nextCursor: string | null
}

describe('history', () => {
  let place: Place
  let keys: ApiKeys
  beforeAll(async () => {
    const url = await freshSqlite()
    place = { cwd: await freshFolder(), env: { DATABASE_URL: url } }
    keys = createApiKeys({ url })
  })
  afterAll(() => keys.close())

  async function make(email = 'ada@example.com') {
    const { owner } = await keys.ensureOwner({ email })
    const { token, apiKey } = await keys.create({ ownerId: owner.id, name: 'laptop' })
    return { token, id: String(apiKey.id) }
  }

  test('events tells what was done to a key and by whom, also once it is deleted', async () => {
    const { id } = await make('trail@example.com')
    await keystile(place, ['update', id, '--name', 'renamed'])
    await keystile(place, ['delete', id, '--yes'])
    const { code, stdout } = await keystile(place, ['events', id])
    const lines = stdout.trimEnd().split('\n')
    expect({ code, lines: lines.length }).toEqual({ code: 0, lines: 4 })
    expect(lines[1]).toMatch(/Z {2}deleted {2}cli:\S+ {2}- +/)
    expect(lines[2]).toContain('"to":"renamed"')
    const { items, nextCursor } = await json<Page>(place, ['events', '--owner', 'trail@example.com', '--limit', '2'])
    expect(items.map(({ type }) => type)).toEqual(['deleted', 'updated'])
    const rest = await json<Page>(place, ['events', id, '--cursor', String(nextCursor)])
    expect(rest.items.map(({ type }) => type)).toEqual(['created'])
  })

  test('usage prints what was let in and refused', async () => {
    const { id, token } = await make()
    await keys.verify(token)
    await keys.revoke(id)
    await keys.verify(token).catch(() => {})
    await until(() => keys.health().waitingKeys === 0)
    const { code, stdout } = await keystile(place, ['usage', id])
    const today = new Date().toISOString().slice(0, 10)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 allowed, 1 denied.') })
    expect(stdout).toMatch(new RegExp(`^DAY +ALLOWED +DENIED\\n(${today} +1 +1\\n)?`))
    const hours = await json<{ buckets: unknown[] }>(place, ['usage', id, '--by', 'hour'])
    expect(hours.buckets).toHaveLength(24)
    expect(await keystile(place, ['usage', 'never-was'])).toMatchObject({ code: 1, stdout: '' })
    expect(await keystile(place, ['usage', id, '--from', 'yesterday'])).toMatchObject({ code: 2, stdout: '' })
  })

  test('list --expiring shows what ends soon', async () => {
    const args = ['create', '--owner', 'soon@example.com', '--name']
    await keystile(place, [...args, 'soon', '--expires', '3d'])
    await keystile(place, [...args, 'later', '--expires', '30d'])
    const found = await json<Page>(place, ['list', '--owner', 'soon@example.com', '--expiring', '14d'])
    expect(found.items.map(({ name }) => name)).toEqual(['soon'])
    expect(await keystile(place, ['list', '--expiring', 'soon'])).toMatchObject({ code: 2, stdout: '' })
  })
})
