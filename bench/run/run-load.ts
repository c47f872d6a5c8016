/** Runs what is planned for one load. */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PlannedLoad, TargetName } from '../plan.js'
import type { Databases } from '../prepare/databases.js'
import { root } from '../prepare/places.js'
import type { Description, LoadResult, Memory } from '../report/measured.js'
import { type Child, endingAll } from './child.js'
import { coldStarts, importMs } from './cold-start.js'
import type { Pinning } from './cores.js'
import { readTokens } from './dataset.js'
import { memoryPerKey } from './memory.js'
import { runRounds } from './rounds.js'
import { Server, type ServerSettings } from './server.js'

export interface Scene {
  readonly databases: Databases
  readonly client: Child
  readonly pinning: Pinning | undefined
  readonly targets: Readonly<Partial<Record<TargetName, Description>>>
  tell(text: string): void
}

/** Databases are filled two at a time: more than that share two cores. */
async function prepared({ load, targets }: PlannedLoad, scene: Scene): Promise<readonly ServerSettings[]> {
  const settings: ServerSettings[] = []
  const waiting = [...targets]
  async function fillNext(): Promise<void> {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const description = scene.targets[target]
      if (description === undefined) throw new Error(`There is no target ${target}`)
      scene.tell(`filling the database of ${target}`)
      const { dataset, writes } = await scene.databases.filled(target, description, load)
      settings.push({ target, dataset, writes, putsOff: description.putsOff ?? false, pinning: scene.pinning })
    }
  }
  await Promise.all([fillNext(), fillNext()])
  return settings.sort((one, other) => targets.indexOf(one.target) - targets.indexOf(other.target))
}

async function inRounds(planned: PlannedLoad, settings: readonly ServerSettings[], scene: Scene) {
  const servers: Server[] = []
  return endingAll(servers, async () => {
    for (const each of settings) {
      scene.tell(`starting ${each.target}`)
      servers.push(await Server.start(each))
    }
    return { rounds: await runRounds(planned, servers, scene.client, scene.tell) }
  })
}

async function startingCold({ load, rounds }: PlannedLoad, settings: readonly ServerSettings[], scene: Scene) {
  const [token = ''] = readTokens(scene.databases.tokensFile, 1)
  const taken = await coldStarts(settings, { load, times: rounds, token, tell: scene.tell })
  const entries = settings.map(({ target }, index) => [target, { firstAnswerMs: taken[index] ?? [] }] as const)
  scene.tell('importing')
  const imports = {
    keystile: await importMs(pathToFileURL(join(root, 'dist/index.js')).href, rounds, scene.pinning),
    express: await importMs('express', rounds, scene.pinning)
  }
  return { rounds: [], coldStarts: Object.fromEntries(entries), imports }
}

async function inMemory({ load }: PlannedLoad, settings: readonly ServerSettings[], scene: Scene) {
  const memory: Partial<Record<TargetName, Memory>> = {}
  for (const each of settings) {
    scene.tell(`filling the cache of ${each.target}`)
    memory[each.target] = await memoryPerKey(each, scene.client, load)
  }
  return { rounds: [], memory }
}

const kinds = { rounds: inRounds, 'cold-start': startingCold, memory: inMemory }

export async function runLoad(planned: PlannedLoad, scene: Scene): Promise<LoadResult> {
  const settings = await prepared(planned, scene)
  const measured = await kinds[planned.load.kind](planned, settings, scene)
  return { load: planned.load, seconds: planned.seconds, ...measured }
}
