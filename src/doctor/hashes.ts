import type { ApiKeysConfig } from '../options.js'
import { bcryptFault } from '../slow-hashes.js'
import type { KeyKind } from '../store.js'
import { type Finding, fail, ok } from './check.js'
import { namedIn, surveyOf } from './keys.js'
import type { OpenDatabase } from './patient.js'

/** What is needed to recognise the tokens of keys of a kind, and is not there: in words, and what to do. */
interface Lack {
  readonly message: string
  readonly remedy: string
}

export async function checkBcrypt(database: OpenDatabase): Promise<Finding> {
  const fault = await bcryptFault()
  if (fault === undefined)
    return ok('The package bcrypt is there for keys that need it.', { count: null, examples: [] })
  const [message = '', remedy = ''] = fault.split(' Run: ')
  return recognised(database, 'bcrypt', { message, remedy: `Run: ${remedy}` })
}

export async function checkHmac(database: OpenDatabase, { policy }: ApiKeysConfig): Promise<Finding> {
  if (policy.secrets.length > 0)
    return ok('There is a secret for keys that are hashed with one.', { count: null, examples: [] })
  return recognised(database, 'hmac', {
    message: 'Keys hashed by HMAC need the secret that they were hashed with, and the settings have none.',
    remedy:
      "Give createApiKeys() the secret: acceptHmac: [secret] for imported keys, hash: { hmac: [secret] } for keystile's own."
  })
}

/** Without what is lacking such keys are refused; where there are none, nothing is lacking. */
async function recognised(database: OpenDatabase, kind: KeyKind, { message, remedy }: Lack): Promise<Finding> {
  const now = new Date()
  const found = await surveyOf(database, kind, now, now)
  if (!found || found.count === 0) return ok(`No key in force is hashed by ${kind}.`, { count: 0, examples: [] })
  const refused = found.count === 1 ? '1 key can not get in' : `${found.count} keys can not get in`
  return fail(`${refused}. ${message}`, remedy, { count: found.count, examples: namedIn(found) })
}
