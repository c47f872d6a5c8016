import { createRequire } from 'node:module'
import { ApiKeyError } from './errors.js'

const missing = /^Cannot find (?:package|module) '((?:@[^/']+\/)?[^/']+)/

/**
 * Loads the driver of a database, when that database is opened.
 * @param packages those that have to be there for it
 * @throws ApiKeyError `misconfigured` that says what to install
 */
export async function loadDriver<Driver>(
  database: 'SQLite' | 'PostgreSQL',
  packages: readonly string[],
  load: () => Promise<Driver>
): Promise<Driver> {
  try {
    return await load()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const name = missing.exec(message)?.[1]
    if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(code) || name === undefined) throw error
    // libsql's own optional packages have the binaries, one for each kind of machine, under the version of libsql.
    const versions = driverVersions()
    const wanted = packages.includes(name) ? packages : [name]
    const toInstall = wanted.map((each) => `${each}@${versions[each] ?? versions['libsql']}`).join(' ')
    throw new ApiKeyError(
      'misconfigured',
      `The driver for ${database} is not installed: there is no package ${name}. Install keystile without --omit=optional, ` +
        `or the driver itself: npm i ${toInstall}`,
      { cause: error }
    )
  }
}

/** The optional packages of this one, with the versions that it was made for. */
function driverVersions(): Readonly<Record<string, string>> {
  const own = createRequire(import.meta.url)('../package.json') as { optionalDependencies: Record<string, string> }
  return own.optionalDependencies
}
