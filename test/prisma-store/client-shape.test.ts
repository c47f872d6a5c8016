/** Clients that lack what keystile needs are refused where they are passed, with what to do. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { userClients } from '../helpers/stores.js'

interface Model {
  fields: { name: string }[]
}
interface ClientLike {
  readonly _activeProvider: string
  readonly _runtimeDataModel: { readonly models: Record<string, Model> }
}

describe.each(userClients)('$name', ({ make, provider }) => {
  const url = provider === 'sqlite' ? 'file:/nowhere/at-all.db' : 'postgresql://root:hunter2x@127.0.0.1:1/app'
  /** What a client of another schema looks like to us. */
  const like = (change: (models: Record<string, Model>) => void) => {
    const { _activeProvider, _runtimeDataModel } = make(url) as ClientLike
    const models = structuredClone(_runtimeDataModel.models)
    change(models)
    return { _activeProvider, _runtimeDataModel: { models } }
  }
  const without = (model: string, field: string) =>
    like((models) => {
      const found = models[model]
      if (found) found.fields = found.fields.filter(({ name }) => name !== field)
    })

  test('one with all models is taken without asking the database', () => {
    expect(() => createApiKeys({ prisma: make(url) })).not.toThrow()
    expect(() => createApiKeys({ prisma: like(() => {}) })).not.toThrow()
  })

  test.each(['ApiKey', 'ApiKeyForm', 'ApiKeyFlush', 'User'])(
    'without the model %s it is a TypeError that names it',
    (model) => {
      const prisma = like((models) => {
        delete models[model]
      })
      const make = () => createApiKeys({ prisma })
      expect(make).toThrow(TypeError)
      const advice = model === 'User' ? "models: \\{ owner: '...' \\}" : 'npx keystile init.*npx prisma migrate dev'
      expect(make).toThrow(new RegExp(`no model ${model}\\b.*${advice}`))
    }
  )

  test.each([
    ['ApiKey', 'keyHash'],
    ['ApiKey', 'isActive'],
    ['ApiKey', 'user'],
    ['ApiKey', 'rotatedFromId'],
    ['ApiKeyFlush', 'seq'],
    ['User', 'id']
  ])('without the field %s.%s it is a TypeError that names it', (model, field) => {
    const make = () => createApiKeys({ prisma: without(model, field) })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`The Prisma model ${model} lacks ${field}.`)
  })

  test.each(['email', 'name', 'isActive'])('the owner needs no field %s', (field) => {
    expect(() => createApiKeys({ prisma: without('User', field) })).not.toThrow()
  })

  test('an owner without email can not be found by it', async () => {
    const keys = createApiKeys({ prisma: without('User', 'email') })
    await expect(keys.findOwner('a@b.c')).rejects.toMatchObject({ code: 'invalid_argument', field: 'email' })
  })

  test('a client of another database is a TypeError', () => {
    const prisma = { ...like(() => {}), _activeProvider: 'mysql' }
    expect(() => createApiKeys({ prisma })).toThrow('works with SQLite and PostgreSQL; this client is for mysql')
  })
})
