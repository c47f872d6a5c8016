import { randomBytes } from 'node:crypto'
import type { ApiKeys } from 'keystile'
import { hashPassword } from '../accounts/passwords.js'
import { type Database, isTaken } from '../database/index.js'
import { seedKeys } from './seed.js'

const email = 'demo@example.com'

export interface Demo {
  readonly email: string
  /** Where this start made the owner. */
  readonly password: string | undefined
  /** A key that may read reports, and not write them. */
  readonly token: string
}

/** An owner to try the example with: made once, and given a fresh key at every start. */
export async function prepareDemo(prisma: Database, keys: ApiKeys): Promise<Demo> {
  const password = (await keys.findOwner(email)) ? undefined : await makeOwner(prisma, keys)
  const owner = await keys.findOwner(email)
  const { token } = await keys.create(
    { ownerId: owner?.id ?? email, name: 'example', scopes: ['reports:read'], expiresIn: '7d' },
    { actor: 'npm start' }
  )
  return { email, password, token }
}

/** Of several processes that start at once, one makes the owner, and what belongs to it. */
async function makeOwner(prisma: Database, keys: ApiKeys): Promise<string | undefined> {
  const password = randomBytes(12).toString('base64url')
  const passwordHash = await hashPassword(password)
  const reports = { create: [{ title: 'Visitors in May', text: 'There were 903.' }] }
  const data = { email, name: 'Demo', passwordHash, reports }
  const user = await prisma.user.create({ data }).catch((error: unknown) => {
    if (isTaken(error)) return undefined
    throw error
  })
  if (!user) return undefined
  await seedKeys(prisma, keys, user.id)
  return password
}
