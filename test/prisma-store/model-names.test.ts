/** The option `models`: what is not understood, or not in the schema, is one clear error when the app is built. */
import { createApiKeys } from 'keystile'
import { describe, expect, test } from 'vitest'
import { schemaFor } from '../../scripts/prisma.js'
import { userClients } from '../helpers/stores.js'

interface Field {
  name: string
  kind: string
  type: string
}
interface Described {
  readonly models: Record<string, { fields: Field[] }>
  text: string
}

const [sqlite] = userClients
if (!sqlite) throw new Error('no client to test with')
const { _runtimeDataModel } = sqlite.make('file:/nowhere/at-all.db') as {
  readonly _runtimeDataModel: { readonly models: Described['models'] }
}

/** What a client of a changed schema looks like; nothing of it is asked. */
function clientOf(change: (described: Described) => void): object {
  const described = { models: structuredClone(_runtimeDataModel.models), text: schemaFor('sqlite') }
  change(described)
  return {
    _activeProvider: 'sqlite',
    _runtimeDataModel: { models: described.models },
    _engineConfig: { inlineSchema: described.text }
  }
}

const make = (models: unknown, change: (described: Described) => void = () => {}) =>
  createApiKeys({ prisma: clientOf(change), models } as object)

const rename = (model: string, to: string) => (described: Described) => {
  const found = described.models[model]
  if (!found) throw new Error(`there is no model ${model}`)
  delete described.models[model]
  described.models[to] = found
  described.text = described.text.replaceAll(new RegExp(`\\b${model}\\b`, 'g'), to)
  for (const { fields } of Object.values(described.models))
    for (const field of fields) if (field.type === model) field.type = to
}

const renameField = (model: string, field: string, to: string) => (described: Described) => {
  const found = described.models[model]?.fields.find(({ name }) => name === field)
  if (!found) throw new Error(`there is no field ${model}.${field}`)
  found.name = to
  described.text = described.text.replace(new RegExp(`(model ${model} \\{.*?^\\s+)${field}\\b`, 'ms'), `$1${to}`)
}

const both =
  (...changes: ((described: Described) => void)[]) =>
  (described: Described) => {
    for (const change of changes) change(described)
  }

describe('what is not understood', () => {
  test.each([
    ['Account', 'models takes names of your schema, such as { owner: \'Account\' }, not "Account".'],
    [[], 'models takes names of your schema'],
    [{ apiKye: 'Token' }, 'models knows no "apiKye"; did you mean "apiKey"? It takes owner, apiKey, apiKeyEvent,'],
    [{ apiKey: 7 }, 'models.apiKey takes the name of a model, or { name, fields }, not 7.'],
    [{ apiKey: false }, 'models.apiKey takes the name of a model, or { name, fields }, not false.'],
    [{ apiKey: { nmae: 'Token' } }, 'models.apiKey knows no "nmae"; did you mean "name"?'],
    [{ apiKey: { fields: { keyHsh: 'x' } } }, 'models.apiKey.fields knows no "keyHsh"; did you mean "keyHash"?'],
    [{ apiKey: { fields: 'keyHash' } }, 'models.apiKey.fields takes names of fields of your schema, not "keyHash".'],
    [{ apiKey: 'api_keys; --' }, 'models.apiKey takes a name of your Prisma schema'],
    [{ apiKey: { fields: { keyHash: '' } } }, 'models.apiKey.fields.keyHash takes a name of your Prisma schema'],
    [{ apiKey: { fields: { keyHash: 'name' } } }, "models.apiKey.fields: keyHash and name can't both be name"],
    [{ apiKey: 'User' }, "models: apiKey and owner can't both be User"],
    [{ owner: false, apiKey: { fields: { user: 'account' } } }, 'models.apiKey.fields.user names a relation']
  ])('%j', (models, message) => {
    expect(() => make(models)).toThrow(TypeError)
    expect(() => make(models)).toThrow(message)
  })

  test('models without a client', () => {
    expect(() => createApiKeys({ url: 'file:./x.db', models: { owner: 'Account' } })).toThrow(
      new TypeError('models goes with prisma: keystile knows its own models.')
    )
  })
})

describe('what the schema has not', () => {
  test.each([
    [
      'a model of that name',
      { apiKey: 'Tokn' },
      rename('ApiKey', 'Token'),
      'The Prisma schema has no model Tokn, which models.apiKey names for ApiKey; did you mean "Token"? Run "npx keystile init", then "npx prisma migrate dev".'
    ],
    [
      'an owner of that name',
      { owner: 'Acount' },
      rename('User', 'Account'),
      'The Prisma schema has no model Acount, which models.owner names for User; did you mean "Account"? It has ApiKey, ApiKeyEvent, ApiKeyUsage, ApiKeyForm, ApiKeyFlush, KeystileSchema, KeystileChange, Account.'
    ],
    [
      'a field of that name',
      { apiKey: { fields: { keyHash: 'hashd' } } },
      renameField('ApiKey', 'keyHash', 'hashed'),
      'The Prisma model ApiKey lacks hashd (keyHash in models.apiKey); did you mean "hashed"? Run "npx keystile init", then "npx prisma migrate dev".'
    ],
    [
      'the owner by its usual name',
      undefined,
      rename('User', 'Account'),
      "The Prisma schema has no model User. ApiKey.user leads to Account: say models: { owner: 'Account' }."
    ],
    [
      'an email by that name',
      { owner: { fields: { email: 'mail' } } },
      () => {},
      'The Prisma model User lacks mail (email in models.owner)'
    ],
    [
      'the relation',
      undefined,
      ({ models }: Described) => {
        const keys = models['ApiKey']
        if (keys) keys.fields = keys.fields.filter(({ name }) => name !== 'user')
      },
      'The Prisma model ApiKey lacks user. Run "npx keystile init", then "npx prisma migrate dev". It is the relation to the owner of a key; where keys are to have none: models: { owner: false }.'
    ]
  ])('%s', (_, models, change, message) => {
    expect(() => make(models, change)).toThrow(TypeError)
    expect(() => make(models, change)).toThrow(message)
  })
})

describe('what can not be', () => {
  const retype = (model: string, field: string, type: string) => (described: Described) => {
    const found = described.models[model]?.fields.find(({ name }) => name === field)
    if (found) found.type = type
  }
  const edit = (from: string | RegExp, to: string) => (described: Described) => {
    expect(described.text).toMatch(from)
    described.text = described.text.replace(from, to)
  }

  test.each([
    [
      'a column that is a relation',
      { apiKey: { fields: { keyHash: 'user', user: 'keyHash' } } },
      () => {},
      'ApiKey.keyHash (user) has to be the relation to the owner, and is a column.'
    ],
    [
      'a relation for a column',
      { owner: { fields: { email: 'apiKeys' } } },
      () => {},
      'User.apiKeys (email) has to be a column, and is a relation to ApiKey.'
    ],
    [
      'scopes as JSON',
      undefined,
      retype('ApiKey', 'scopes', 'Json'),
      'ApiKey.scopes is of the type Json, and has to be String.'
    ],
    [
      'a count that runs over',
      undefined,
      retype('ApiKey', 'usageCount', 'Int'),
      'ApiKey.usageCount is of the type Int, and has to be BigInt.'
    ],
    [
      'an id that is none',
      undefined,
      retype('ApiKey', 'id', 'Float'),
      'ApiKey.id is of the type Float, and has to be String, Int or BigInt.'
    ],
    [
      'isActive that says no yes',
      undefined,
      retype('User', 'isActive', 'Int'),
      'User.isActive is of the type Int, and has to be Boolean.'
    ],
    [
      'another owner than the relation leads to',
      { owner: 'KeystileSchema' },
      () => {},
      "ApiKey.user leads to User, and models.owner is KeystileSchema: say models: { owner: 'User' }."
    ],
    [
      'another id than the relation leads to',
      { owner: { fields: { id: 'email', email: 'id' } } },
      () => {},
      "ApiKey.user leads to User.id, and the owner's id is User.email: say models: { owner: { name: 'User', fields: { id: 'id' } } }."
    ],
    [
      'a hash that two keys may have',
      undefined,
      edit('@unique @map("key_hash")', '@map("key_hash")'),
      'ApiKey.keyHash has to be @unique in the Prisma schema.'
    ],
    [
      'an id without default',
      undefined,
      edit(/(model ApiKey \{\s+id +String +@id) @default\(uuid\(7\)\)/, '$1'),
      'ApiKey.id is a column that keystile does not fill: make it optional, or give it a @default.'
    ],
    [
      'a column of the app that has to be given',
      undefined,
      edit('keyHash       String', 'tenant String\n  keyHash       String'),
      'ApiKey.tenant is a column that keystile does not fill'
    ]
  ])('%s', (_, models, change, message) => {
    expect(() => make(models, change)).toThrow(TypeError)
    expect(() => make(models, change)).toThrow(message)
  })

  test('a column of the owner beside what has its name', () => {
    const prisma = clientOf(both(renameField('User', 'email', 'mail'), renameField('User', 'createdAt', 'email')))
    const models = { owner: { fields: { email: 'mail' } } }
    expect(() => createApiKeys({ prisma, models, ownerSelect: { email: true } } as object)).toThrow(
      "ownerSelect: the owner's email is User.mail, as models.owner has it, so the column email can't be shown beside it."
    )
  })
})

describe('what is fine', () => {
  test.each([
    ['an owner of another name', { owner: 'Account' }, rename('User', 'Account')],
    [
      'a model and a field',
      { apiKey: { name: 'Token', fields: { keyHash: 'hashed' } } },
      both(rename('ApiKey', 'Token'), renameField('Token', 'keyHash', 'hashed'))
    ],
    ['nothing', {}, () => {}],
    [
      'unique in a line of its own, an optional column, one with a default, one in a comment',
      undefined,
      (described: Described) => {
        described.text = described.text
          .replace('@unique @map("key_hash")', '@map("key_hash") // tenant String')
          .replace(
            '@@index([keyPrefix])',
            '@@unique([keyHash])\n  a String?\n  b String[]\n  /* c String */\n  d Int @default(0)'
          )
      }
    ]
  ])('%s', (_, models, change) => {
    expect(() => make(models, change)).not.toThrow()
  })

  test('a client that says nothing of its schema but its models', () => {
    const { _activeProvider, _runtimeDataModel } = clientOf(() => {}) as Record<string, unknown>
    expect(() => createApiKeys({ prisma: { _activeProvider, _runtimeDataModel } })).not.toThrow()
  })
})
