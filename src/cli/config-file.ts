import { basename } from 'node:path'
import { type ApiKeys, internalsOf } from '../create-api-keys.js'
import { messageOf } from '../errors.js'
import { Failure } from './failure.js'
import { loadModule } from './load-module.js'

/**
 * The keys that a config file exports, in TypeScript or JavaScript.
 * @throws Failure `misconfigured` where it fails, or exports anything else
 */
export async function loadConfigFile(path: string): Promise<ApiKeys> {
  const name = basename(path)
  const { default: exported } = await loadModule(path).catch((error: unknown) => {
    throw new Failure('misconfigured', `${name} could not be loaded: ${messageOf(error)}`)
  })
  try {
    internalsOf(exported)
  } catch {
    throw new Failure('misconfigured', `${name}: ${whatIsWrong(exported)}`)
  }
  return exported as ApiKeys
}

function whatIsWrong(exported: unknown): string {
  const looksRight =
    typeof exported === 'object' && exported !== null && 'verify' in exported && 'revokeToken' in exported
  if (looksRight) {
    return "its keys were made by another copy of keystile. Run the project's own command: npx keystile"
  }
  return 'the default export must be what createApiKeys() returned, such as: export default createApiKeys({ prisma })'
}
