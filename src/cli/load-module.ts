import { Console } from 'node:console'
import { pathToFileURL } from 'node:url'

/** What a file of the project's exports, in TypeScript or JavaScript. */
export async function loadModule(path: string): Promise<Readonly<Record<string, unknown>>> {
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
  return jiti.import<Readonly<Record<string, unknown>>>(pathToFileURL(path).href)
}
