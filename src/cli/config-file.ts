import { Console } from 'node:console'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ApiKeys, internalsOf } from '../create-api-keys.js'
import { Failure, messageOf } from './failure.js'

/**
 * The keys that a config file exports, in TypeScript or JavaScript.
 * @throws Failure `misconfigured` where it fails, or exports anything else
 */
export async function loadConfigFile(path: string): Promise<ApiKeys> {
  const name = basename(path)
  const exported = await importDefault(path).catch((error: unknown) => {
    throw new Failure('misconfigured', `${name} could not be loaded: ${messageOf(error)}`)
  })
  try {
    internalsOf(exported)
  } catch {
    throw new Failure('misconfigured', `${name}: ${whatIsWrong(exported)}`)
  }
  return exported as ApiKeys
}

async function importDefault(path: string): Promise<unknown> {
  const [{ createJiti }, keystile] = await Promise.all([import('jiti'), import('../index.js')])
  const jiti = createJiti(import.meta.url, {
    // The default is a folder that other users of the machine may write to.
    fsCache: false,
    // The file's 'keystile' is this one: keys of another copy would not be known here.
    virtualModules: { keystile },
    // Rewritten by jiti, Prisma's run time takes a second to load, and its errors lose their codes.
    nativeModules: ['@prisma']
  })
  // What the file, dotenv or a client log would mix with the key on stdout.
  globalThis.console = new Console(process.stderr)
  const { default: exported } = await jiti.import<{ readonly default?: unknown }>(pathToFileURL(path).href)
  return exported
}

function whatIsWrong(exported: unknown): string {
  const looksRight =
    typeof exported === 'object' && exported !== null && 'verify' in exported && 'revokeToken' in exported
  if (looksRight) {
    return "its keys were made by another copy of keystile. Run the project's own command: npx keystile"
  }
  return 'the default export must be what createApiKeys() returned, such as: export default createApiKeys({ prisma })'
}
