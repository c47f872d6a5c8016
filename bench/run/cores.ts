/** Which processor cores a process may use, where the system lets us say so: Linux, by taskset of util-linux. */
import { spawnSync } from 'node:child_process'

export type Cores = readonly number[]

export interface Pinning {
  /** One core, for the server that is measured. */
  readonly server: Cores
  /** The others, for load and PostgreSQL. */
  readonly others: Cores
}

/** `0-3,7` -> 0, 1, 2, 3, 7. */
export function coresIn(list: string): Cores {
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, first, last = first]) => {
    const from = Number(first)
    return Array.from({ length: Number(last) - from + 1 }, (_, index) => from + index)
  })
}

/** One core for the server, the rest for all else; undefined where one core is all there is. */
export function share(cores: Cores): Pinning | undefined {
  const [first, ...others] = cores
  return first === undefined || others.length === 0 ? undefined : { server: [first], others }
}

/** What this process may use, undefined where nobody can tell. */
export function allowedCores(): Cores | undefined {
  const { status, stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
  return status === 0 ? coresIn(stdout.slice(stdout.lastIndexOf(':') + 1).trim()) : undefined
}

/** Moves this process, with all its threads; what it starts from now on is there too. */
export function moveTo(cores: Cores): void {
  spawnSync('taskset', ['-acp', cores.join(','), String(process.pid)])
}

/** The command that starts Node on these cores, and its first arguments. */
export function onCores(cores: Cores | undefined): readonly [command: string, args: readonly string[]] {
  return cores === undefined ? [process.execPath, []] : ['taskset', ['-c', cores.join(','), process.execPath]]
}
