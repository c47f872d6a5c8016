/** What a run ran on. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, type as systemName, totalmem } from 'node:os'
import { join } from 'node:path'
import { bench, root } from '../prepare/places.js'
import type { Machine } from './measured.js'

/** @param pinned whether the server had a core of its own */
export function thisMachine(pinned: boolean): Machine {
  const cores = cpus()
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 1e9),
    os: `${systemName()} ${release()}`,
    node: process.version,
    pinned
  }
}

const packageAt = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly version: string
    readonly dependencies: Readonly<Record<string, string>>
  }

/** Of keystile, and of each package that bench/package.json names, as they are installed. */
export function versions(): Readonly<Record<string, string>> {
  const names = Object.keys(packageAt(bench).dependencies)
  const peers = names.map((name) => [name, packageAt(join(bench, 'node_modules', name)).version])
  return { keystile: packageAt(root).version, ...Object.fromEntries(peers) }
}

/** Undefined outside of a repository. */
export function commit(): string | undefined {
  try {
    const settings = { cwd: root, encoding: 'utf8' as const, stdio: 'pipe' as const }
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], settings).trim()
  } catch {
    return undefined
  }
}
