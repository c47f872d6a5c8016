/** What `keystile init` says of models that are keystile's, and not quite as its code needs them. */
import { expect, test } from 'vitest'
import { postgresql, sqlite } from '../../helpers/prisma-project.js'
import { planned } from './schemas.js'

const user = 'model User {\n  id String @id\n  email String @unique\n}\n'

test('one of an older keystile, which lacks several columns, is known as such', () => {
  const older = planned(`${postgresql}${user}`).after.replace(/^ +(hashAlg|usageCount) .*\n/gm, '')
  expect(() => planned(older)).toThrow(/^The model ApiKey \(schema\.prisma:\d+\) lacks hashAlg, usageCount\. /)
  expect(planned(older, { keyModel: 'ApiToken', ownerModel: 'User' }).plan.added).toContain('ApiToken')
})

test.each([
  ['usageCount +BigInt', 'usageCount Int', 'usageCount is of the type Int and has to be BigInt'],
  ['scopes +String\\?', 'scopes String[]', 'scopes is of the type String[] and has to be String'],
  [
    'rotatedFromId +String',
    'rotatedFromId DateTime',
    'rotatedFromId is of the type DateTime and has to be String, Int or BigInt'
  ],
  ['allowed +BigInt', 'allowed Int', 'allowed is of the type Int and has to be BigInt'],
  ['payload +String', 'payload Int', 'payload is of the type Int and has to be String']
])('a column of another type is named: %s', (column, other, message) => {
  const { after } = planned(`${sqlite}${user}`)
  const changed = after.replace(new RegExp(column), other)
  expect(changed).not.toBe(after)
  expect(() => planned(changed)).toThrow(message)
})

test('ids of another type are the choice of the app', () => {
  const { after } = planned(`${sqlite}${user}`)
  const numbered = after.replace(/ id +String +@id @default\(uuid\(7\)\)/g, ' id Int @id @default(autoincrement())')
  expect(planned(numbered.replace(/rotatedFromId +String/, 'rotatedFromId Int')).plan.added).toEqual([])
})
