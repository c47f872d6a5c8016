import { existsSync } from 'node:fs'
import { Server } from 'node:net'
import { basename, resolve } from 'node:path'
import type { AppToLoad } from '../doctor/patient.js'
import { misuse } from './failure.js'
import { loadModule } from './load-module.js'

/**
 * The module of an app, loaded when it is asked for: many listen as they are loaded, and here none does.
 * @throws Failure `invalid_argument` where there is no such file
 */
export function appFile(file: string): AppToLoad {
  const path = resolve(file)
  if (!existsSync(path)) throw misuse(`--app: there is no file ${path}.`)
  return {
    name: basename(path),
    load: async () => {
      standStill()
      return withoutExit(() => loadModule(path))
    }
  }
}

/** An app that finds no settings often ends its process: here it ends its being loaded. */
async function withoutExit<T>(work: () => Promise<T>): Promise<T> {
  const exit = process.exit
  process.exit = (code) => {
    throw new Error(`it ends its process (${code ?? 0}).`)
  }
  try {
    return await work()
  } finally {
    process.exit = exit
  }
}

/** For the rest of this process: it opens no port, and what an app fails at beside being loaded is not looked at. */
function standStill(): void {
  Server.prototype.listen = function listen(this: Server) {
    return this
  }
  process.on('uncaughtException', () => {})
  process.on('unhandledRejection', () => {})
}
