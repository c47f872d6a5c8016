import bcrypt from 'bcrypt'
import { inTurn } from './turns.js'

const cost = 12
const fewestCharacters = 10
/** bcrypt reads no further: what comes after would not count. */
const mostBytes = 72

/** Of random bytes that nobody kept: no password matches it, and comparing with it takes as long as with any other. */
const nobodysHash = '$2b$12$Ww.OpZd01DaI4vyBrii7s.hv8qZAzuZt1dySPZ0vI5178S17RMmVy'

const isTooLong = (password: string) => Buffer.byteLength(password) > mostBytes

/** What is wrong with a new password, in words; undefined where nothing is. */
export function faultOf(password: string): string | undefined {
  if (isTooLong(password)) return `The password is longer than ${mostBytes} bytes.`
  if ([...password].length < fewestCharacters) return `The password needs at least ${fewestCharacters} characters.`
  return undefined
}

export const hashPassword = (password: string): Promise<string> => inTurn(() => bcrypt.hash(password, cost))

/** Takes its time for an account that there is not, too. */
export async function isPasswordOf(user: { readonly passwordHash: string } | null, password: string): Promise<boolean> {
  if (isTooLong(password)) return false
  const matches = await inTurn(() => bcrypt.compare(password, user?.passwordHash ?? nobodysHash))
  return user !== null && matches
}
