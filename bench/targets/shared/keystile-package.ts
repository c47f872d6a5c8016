/** keystile as it is published: `npm run build` makes it. The one place that knows where it is. */
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { foundAbove } from './found-above.js'

export const loadKeystile = (): Promise<typeof import('../../../dist/index.js')> =>
  import(pathToFileURL(foundAbove('dist/index.js')).href)

/**
 * `npx keystile migrate`. In a process of its own, since keystile's libsql is another copy than bench's: two copies of SQLite in
 * one process undo each other's locks on a file.
 */
export async function migrate(url: string): Promise<void> {
  const env = { ...process.env, DATABASE_URL: url }
  await promisify(execFile)(process.execPath, [foundAbove('dist/cli/main.js'), 'migrate'], { env })
}
