/** Runs a program of the setup: silent, unless it fails. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** @throws with all that it printed, where it fails */
export async function command(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }
): Promise<string> {
  try {
    const settings = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }
    return (await promisify(execFile)(program, [...args], settings)).stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const said = `${stdout}${stderr}`.trim() || String(error)
    throw new Error(`This failed: ${program} ${args.join(' ')}\n${said}`)
  }
}
