import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { Failure } from './failure.js'

/**
 * Adds the variables of an env file to the environment, which wins where both have one.
 * @returns the names that came from the file
 */
export function readEnvFile(path: string): ReadonlySet<string> {
  const added = new Set<string>()
  for (const [name, value] of Object.entries(parseEnv(textOf(path)))) {
    if (value === undefined || process.env[name] !== undefined) continue
    process.env[name] = value
    added.add(name)
  }
  return added
}

/** Not process.loadEnvFile(): it calls a file that it may not read missing, and the default database would be used. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw new Failure('misconfigured', `${path} can't be read (${code}).`)
  }
}
