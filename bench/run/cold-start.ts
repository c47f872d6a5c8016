/** How long a process takes from its start to its first answer, on a database that is there. */
import type { Load } from '../plan.js'
import { command } from '../prepare/command.js'
import { program } from '../prepare/places.js'
import { endingAll } from './child.js'
import { onCores, type Pinning } from './cores.js'
import { Server, type ServerSettings } from './server.js'

async function firstAnswerMs(settings: ServerSettings, load: Load, token: string): Promise<number> {
  const startedAt = performance.now()
  const server = await Server.start(settings)
  return endingAll([server], async () => {
    const answered = await fetch(`http://127.0.0.1:${server.port}/`, { headers: { authorization: `Bearer ${token}` } })
    await answered.arrayBuffer()
    if (answered.status === 200) return performance.now() - startedAt
    throw new Error(`${settings.target}, on the load "${load.name}": 1 answer with status ${answered.status}, not 200.`)
  })
}

/** @returns for each target, in their order, one time a start; the starts of the targets take turns */
export async function coldStarts(
  targets: readonly ServerSettings[],
  { load, times, token, tell }: { load: Load; times: number; token: string; tell: (text: string) => void }
): Promise<readonly (readonly number[])[]> {
  const taken = targets.map((): number[] => [])
  for (let time = 0; time < times; time++) {
    for (const [index, settings] of targets.entries()) {
      tell(`start ${time + 1} of ${times}: ${settings.target}`)
      taken[index]?.push(await firstAnswerMs(settings, load, token))
    }
  }
  return taken
}

/** Milliseconds that importing this module takes in a process that has nothing else, once for each time. */
export async function importMs(
  module: string,
  times: number,
  pinning: Pinning | undefined
): Promise<readonly number[]> {
  const [node, args] = onCores(pinning?.server)
  const taken: number[] = []
  for (let time = 0; time < times; time++) {
    const said = await command(node, [...args, program('import-main'), module], { cwd: process.cwd() })
    taken.push(Number(said))
  }
  return taken
}
