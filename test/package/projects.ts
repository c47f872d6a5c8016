/** Fresh projects outside of this tree, into which the package is installed as npm would publish it. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEachFile } from '../helpers/after-each-file.js'
import { freshFolder, root, writeFiles } from '../helpers/built-package.js'
import { type Ended, run } from '../helpers/programs.js'

type Versions = Readonly<Record<string, string>>

const { devDependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Versions
  optionalDependencies: Versions
}

/** `name@version`, as this project has it, or under the name of an alias of it (`express4`). */
export function pinned(name: string): string {
  const version = devDependencies[name] ?? optionalDependencies[name]
  if (version === undefined) throw new Error(`package.json has no ${name}`)
  return version.startsWith('npm:') ? version.slice('npm:'.length) : `${name}@${version}`
}

/** What npm is told by the environment of whoever runs the tests; the rest of it is of `npm run`. */
const setting = ['npm_config_registry', 'npm_config_cache', 'npm_config_userconfig']
const npmEnv = Object.fromEntries(setting.map((name) => [name, process.env[name]]))

export async function runIn(
  cwd: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {}
): Promise<Ended> {
  const ended = await run(command, args, { cwd, env: { ...npmEnv, ...env } })
  if (ended.exitCode !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${ended.exitCode}:\n${ended.stdout}${ended.stderr}`)
  return ended
}

const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']

let tarball: Promise<string> | undefined

// Its folder goes then.
afterEachFile(() => {
  tarball = undefined
})

/** The file that `npm publish` would send. */
function packed(): Promise<string> {
  tarball ??= (async () => {
    const folder = freshFolder()
    const { stdout } = await runIn(root, 'npm', ['pack', '--json', '--pack-destination', folder])
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
    return join(folder, filename)
  })()
  return tarball
}

/** A project with keystile and other packages from npm. */
export async function npmProject(packages: readonly string[], flags: readonly string[] = []): Promise<string> {
  const folder = freshFolder()
  writeFiles(folder, { 'package.json': JSON.stringify({ private: true, type: 'module' }) })
  await addPackages(folder, [await packed(), ...packages], flags)
  return folder
}

export async function addPackages(folder: string, packages: readonly string[], flags: readonly string[] = []) {
  await runIn(folder, 'npm', ['install', ...quiet, ...flags, ...packages])
}

/** pnpm, for its strict layout: a package finds what it depends on itself, and nothing by chance. */
export async function pnpmProject(packages: readonly string[]): Promise<{
  readonly folder: string
  readonly pnpm: (...args: string[]) => Promise<Ended>
}> {
  const [tools, folder] = [freshFolder(), freshFolder()]
  // The newest pnpm needs a newer Node than keystile does.
  await runIn(tools, 'npm', ['install', ...quiet, '--prefix', tools, 'pnpm@10'])
  const pnpm = (...args: string[]) =>
    runIn(folder, 'node', [join(tools, 'node_modules/pnpm/bin/pnpm.cjs'), ...args], {
      XDG_DATA_HOME: join(tools, 'data'),
      XDG_CACHE_HOME: join(tools, 'cache'),
      XDG_STATE_HOME: join(tools, 'state')
    })
  writeFiles(folder, { 'package.json': JSON.stringify({ private: true, type: 'module' }) })
  await pnpm('add', '--config.hoist=false', `--store-dir=${join(tools, 'store')}`, await packed(), ...packages)
  return { folder, pnpm }
}

interface Installed {
  readonly hasInstallScript?: boolean
  readonly deprecated?: string
}

/** What npm has installed in a project, by path. */
export function installed(folder: string): Readonly<Record<string, Installed>> {
  const text = readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')
  return (JSON.parse(text) as { packages: Record<string, Installed> }).packages
}

/** What an install takes on the disk. */
export function sizeOf(folder: string): { readonly megabytes: number; readonly packages: number } {
  const kilobytes = Number(/^\d+/.exec(execFileSync('du', ['-sk', join(folder, 'node_modules')], { encoding: 'utf8' })))
  return { megabytes: Math.ceil(kilobytes / 1024), packages: Object.keys(installed(folder)).length }
}
