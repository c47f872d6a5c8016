/** Two processes change keys of one database at the same time. */
import type { ApiKeyRecord, CreatedKey } from 'keystile'
import { describe, expect, test } from 'vitest'
import { databases } from '../helpers/databases.js'
import { freshKeys } from '../helpers/keys.js'
import { rounds } from '../helpers/rounds.js'
import { type Outcome, outcomeOf, secondProcess } from '../helpers/second-process.js'

const few = rounds(3, 30)
const some = rounds(4, 50)
const many = rounds(8, 100)

// Hundreds of rounds, on machines that may have more to do.
describe.each(databases.slice(0, rounds(1, 2)))('two processes on one $name', { timeout: 120_000 }, (database) => {
  const start = async () => {
    const db = await freshKeys(database)
    const other = await secondProcess(db.url)
    const create = () => db.keys.create({ ownerId: db.owner.id, name: 'laptop' })
    return { ...db, other, create }
  }
  const valueIn = <T>(outcome: Outcome): T => {
    if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`)
    return outcome.value as T
  }

  test(`changes of different fields all stay, in ${some} rounds`, async () => {
    const { keys, other, create } = await start()
    const { id } = (await create()).apiKey
    for (let round = 0; round < some; round++) {
      const [theirs] = await Promise.all([
        other.call('update', id, { name: `name ${round}` }),
        keys.update(id, { scopes: [`s${round}`] })
      ])
      expect(theirs.ok).toBe(true)
      expect(await keys.get(id)).toMatchObject({ name: `name ${round}`, scopes: [`s${round}`] })
    }
  })

  test(`of two rotations exactly one wins, in ${some} rounds`, async () => {
    const { keys, other, create, sql } = await start()
    for (let round = 0; round < some; round++) {
      const { id } = (await create()).apiKey
      const outcomes = await Promise.all([
        other.call('rotate', id, { grace: '24h' }),
        outcomeOf(keys.rotate(id, { grace: '24h' }))
      ])
      const won = outcomes.filter(({ ok }) => ok).map((outcome) => valueIn<CreatedKey>(outcome))
      expect(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.code]))).toEqual(['conflict'])
      const successors = await sql('SELECT id FROM api_keys WHERE rotated_from_id = ?', String(id))
      expect(successors).toEqual(won.map(({ apiKey }) => ({ id: apiKey.id })))
      for (const { token } of won) expect(await keys.verify(token)).toBeDefined()
    }
  })

  test(`of two revocations the first one stays, and both are told of it, in ${some} rounds`, async () => {
    const { keys, other, create } = await start()
    for (let round = 0; round < some; round++) {
      const { id } = (await create()).apiKey
      const [theirs, ours] = await Promise.all([
        other.call('revoke', id, { reason: 'theirs' }),
        keys.revoke(id, { reason: 'ours' })
      ])
      const record = await keys.get(id)
      expect(record).toMatchObject({ status: 'revoked', isActive: false })
      expect([valueIn<ApiKeyRecord>(theirs).revokedReason, ours.revokedReason]).toEqual([
        record?.revokedReason,
        record?.revokedReason
      ])
    }
  })

  test(`a change that races a revocation never enables the key again, in ${many} rounds`, async () => {
    const { keys, other, create } = await start()
    for (let round = 0; round < many; round++) {
      const { token, apiKey } = await create()
      const change = { name: 'changed', scopes: ['*'], expiresAt: null }
      const [theirs, ours] =
        round % 2 === 0
          ? await Promise.all([other.call('update', apiKey.id, change), outcomeOf(keys.revoke(apiKey.id))])
          : await Promise.all([outcomeOf(keys.update(apiKey.id, change)), other.call('revoke', apiKey.id)])
      expect(ours.ok).toBe(true)
      if (!theirs.ok) expect(theirs.code).toBe('conflict')
      const record = await keys.get(apiKey.id)
      expect(record).toMatchObject({ isActive: false, status: 'revoked', name: theirs.ok ? 'changed' : 'laptop' })
      expect(record?.revokedAt).toBeInstanceOf(Date)
      await expect(keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
    }
  })

  test(`a rotation that races a revocation leaves either no successor or a whole one, in ${few} rounds`, async () => {
    const { keys, other, create, sql } = await start()
    for (let round = 0; round < few; round++) {
      const { token, apiKey } = await create()
      const [rotated, revoked] = await Promise.all([
        other.call('rotate', apiKey.id, { grace: '24h' }),
        outcomeOf(keys.revoke(apiKey.id))
      ])
      expect(revoked.ok).toBe(true)
      if (!rotated.ok) expect(rotated.code).toBe('conflict')
      const successors = await sql('SELECT id FROM api_keys WHERE rotated_from_id = ?', String(apiKey.id))
      expect(successors).toHaveLength(rotated.ok ? 1 : 0)
      await expect(keys.verify(token)).rejects.toMatchObject({ reason: 'revoked' })
    }
  })

  test('keys that both make are all there', async () => {
    const { keys, other, owner, create } = await start()
    const make = Array.from({ length: 10 }, (_, i) => i)
    const theirs = make.map((i) => other.call('create', { ownerId: owner.id, name: `theirs ${i}` }))
    const ours = make.map(create)
    const made = [...(await Promise.all(theirs)).map((each) => valueIn<CreatedKey>(each)), ...(await Promise.all(ours))]
    const { items } = await keys.list({ limit: 100 })
    expect(items.map(({ id }) => id).sort()).toEqual(made.map(({ apiKey }) => apiKey.id).sort())
    for (const { token } of made.slice(0, 5)) expect(await keys.verify(token)).toBeDefined()
  })
})
