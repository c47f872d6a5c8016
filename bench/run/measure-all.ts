/** The whole of a run: the setup, then load after load. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Options, OptionsError } from '../options.js'
import { type PlannedLoad, planOf, whyNot } from '../plan.js'
import { Databases } from '../prepare/databases.js'
import { bench, program, root } from '../prepare/places.js'
import { setUp } from '../prepare/set-up.js'
import { tableOf } from '../report/columns.js'
import { doubts } from '../report/doubts.js'
import { commit, thisMachine, versions } from '../report/machine.js'
import type { LoadResult, Results } from '../report/measured.js'
import { mainOf } from '../report/results.js'
import { plainTable } from '../report/table.js'
import { Child, endingAll } from './child.js'
import { allowedCores, moveTo, share } from './cores.js'
import { Progress } from './progress.js'
import { runLoad, type Scene } from './run-load.js'

const targetsOf = (plan: readonly PlannedLoad[]) => [...new Set(plan.flatMap(({ targets }) => targets))]

function checkedPlan(options: Options): readonly PlannedLoad[] {
  const plan = planOf(options)
  if (plan.length === 0) throw new OptionsError('Nothing is left to measure: no such target meets such a load.')
  const missing = targetsOf(plan).filter((target) => !existsSync(join(bench, 'targets', `${target}.ts`)))
  if (missing.length > 0) throw new OptionsError(`These targets have no file in bench/targets/: ${missing.join(', ')}.`)
  return plan
}

function leftOut(plan: readonly PlannedLoad[], { only }: Options): readonly string[] {
  return plan.flatMap(({ load }) =>
    (only ?? []).flatMap((target) => {
      const reason = whyNot(target, load)
      return reason === undefined ? [] : `${target} does not meet "${load.name}": ${reason}.`
    })
  )
}

async function runPlan(plan: readonly PlannedLoad[], scene: Scene, progress: Progress): Promise<readonly LoadResult[]> {
  const results: LoadResult[] = []
  for (const planned of plan) {
    const { name, title } = planned.load
    const startedAt = performance.now()
    const result = await runLoad(planned, { ...scene, tell: (text) => scene.tell(`${name}: ${text}`) })
    const took = Math.round((performance.now() - startedAt) / 1_000)
    const main = mainOf(results)
    progress.say(`\n${name}: ${title} (took ${took} s)\n${plainTable(tableOf(result, scene.targets, main))}`)
    for (const line of doubts(result, scene.targets)) progress.say(line)
    results.push(result)
  }
  return results
}

/** @throws where a target can't be started, or answers with a status that it should not */
export async function measureAll(options: Options): Promise<Results> {
  const startedAt = performance.now()
  const plan = checkedPlan(options)
  const progress = new Progress()
  const tell = (text: string) => progress.now(text)
  const targets = await setUp(targetsOf(plan), tell)

  const cores = allowedCores()
  const pinning = cores && share(cores)
  // PostgreSQL and the load are started from here, so they are where this process is.
  if (pinning) moveTo(pinning.others)
  const machine = thisMachine(pinning !== undefined)
  progress.say(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.os}\n${where(machine.pinned)}`)
  for (const line of leftOut(plan, options)) progress.say(line)

  tell('starting PostgreSQL')
  const postgres = Object.values(targets).some(({ database }) => database === 'postgresql')
  const databases = await Databases.open(cores, { postgres })
  const args = [databases.tokensFile, join(root, 'dist/token.js')]
  const client = new Child(program('load-main'), args, { name: 'the load' })
  const scene = { databases, client, pinning, targets, tell }
  const loads = await endingAll([client, databases], () => runPlan(plan, scene, progress))

  progress.say(`\nIn all: ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes.`)
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')
  return { date: new Date().toISOString(), commit: commit(), command, machine, versions: versions(), targets, loads }
}

const where = (pinned: boolean): string =>
  pinned
    ? 'The server that is measured has a core of its own; load and PostgreSQL share the others.'
    : 'Server, load and PostgreSQL share all cores: figures of time are rough (no taskset here, or one core only).'
