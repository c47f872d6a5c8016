import type { KeyObject } from 'node:crypto'
import { secretOf } from '../hash.js'
import { misuse } from './failure.js'

/**
 * The secret in an environment variable, which may be in `.env` too.
 * @throws Failure `invalid_argument`, without what was given: it may be the secret itself
 */
export function secretIn(name: string): KeyObject {
  const text = process.env[name]
  if (text) return secretOf(text)
  throw misuse(
    '--hmac-secret-env takes the name of an environment variable that holds the secret, and there is none of that name, or it is empty.'
  )
}

/** What is left to do once keys with such hashes are there. */
export const howToAccept = (name: string): string =>
  `The app needs that secret to check these keys: createApiKeys({ acceptHmac: [process.env.${name}] })`
