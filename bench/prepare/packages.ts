/** The peers' packages: installed where they are not as bench/package-lock.json has them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { command } from './command.js'
import { bench, root } from './places.js'

const lock = join(bench, 'package-lock.json')
const installed = join(bench, 'node_modules/.keystile-bench-lock')

function isInstalled(): boolean {
  return existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8')
}

/** Needs the npm registry, once. @returns whether there was something to do */
export async function installPackages(): Promise<boolean> {
  if (isInstalled()) return false
  // With NODE_ENV=production npm would leave the types out.
  await command('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: bench })
  writeFileSync(installed, readFileSync(lock))
  return true
}

/** Makes dist/, which the targets import as users of the package do. */
export async function buildKeystile(): Promise<void> {
  await command('npm', ['run', 'build'], { cwd: root })
}
