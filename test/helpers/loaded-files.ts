/** What a process loads: scripts by V8's own record of what it ran, binaries by Node's report. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshFolder } from './built-package.js'
import { run } from './programs.js'

/** To be put at the end of a program: prints the binaries that it has loaded. */
export const printBinaries = 'console.log(JSON.stringify(process.report.getReport().sharedObjects))'

/**
 * Runs a program to its end.
 * @returns the paths of all scripts that it loaded, and of the binaries, where it printed them last
 */
export async function loadedFiles(cwd: string, args: readonly string[]): Promise<readonly string[]> {
  const coverage = freshFolder()
  const { exitCode, stdout, stderr } = await run('node', args, { cwd, env: { NODE_V8_COVERAGE: coverage } })
  if (exitCode !== 0) throw new Error(stderr)
  const scripts = readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as { result: { url: string }[] }
    return result.map(({ url }) => url)
  })
  return [...scripts, ...(JSON.parse(stdout.trim().split('\n').at(-1) ?? '[]') as string[])]
}
