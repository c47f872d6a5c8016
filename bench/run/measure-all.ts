/** The whole of a run: the setup, then load after load. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Options, OptionsError } from '../options.js'
import { type PlannedLoad, planOf, type TargetName, whyNot } from '../plan.js'
import { generateClients } from '../prepare/clients.js'
import { command } from '../prepare/command.js'
import { Databases } from '../prepare/databases.js'
import { buildKeystile, installPackages } from '../prepare/packages.js'
import { bench, program, root } from '../prepare/places.js'
import { transpile } from '../prepare/transpile.js'
import { tableOf } from '../report/columns.js'
import { commit, thisMachine, versions } from '../report/machine.js'
import type { Description, LoadResult, Results } from '../report/measured.js'
import { plainTable } from '../report/table.js'
import { Child } from './child.js'
import { allowedCores, moveTo, share } from './cores.js'
import { Progress } from './progress.js'
import { runLoad } from './run-load.js'

type Descriptions = Readonly<Partial<Record<TargetName, Description>>>

function checkedPlan(options: Options): readonly PlannedLoad[] {
  const plan = planOf(options)
  if (plan.length === 0) throw new OptionsError('Nothing is left to measure: no such target meets such a load.')
  const missing = [...new Set(plan.flatMap(({ targets }) => targets))].filter(
    (target) => !existsSync(join(bench, 'targets', `${target}.ts`))
  )
  if (missing.length > 0) throw new OptionsError(`These targets have no file in bench/targets/: ${missing.join(', ')}.`)
  return plan
}

async function setUp(progress: Progress): Promise<void> {
  progress.now('building keystile')
  await buildKeystile()
  progress.now("installing the peers' packages, where they are not")
  await installPackages()
  progress.now("generating the peers' Prisma clients, where they have changed")
  await generateClients()
  progress.now('checking types')
  await command('npm', ['run', 'check:bench'], { cwd: root })
  await transpile()
}

async function describe(targets: readonly TargetName[]): Promise<Descriptions> {
  return JSON.parse(await command(process.execPath, [program('describe-main'), ...targets], { cwd: bench }))
}

function leftOut(plan: readonly PlannedLoad[], { only }: Options): readonly string[] {
  return plan.flatMap(({ load }) =>
    (only ?? []).flatMap((target) => {
      const reason = whyNot(target, load)
      return reason === undefined ? [] : `${target} does not meet "${load.name}": ${reason}.`
    })
  )
}

/** @throws where a target can't be started, or answers with a status that it should not */
export async function measureAll(options: Options): Promise<Results> {
  const startedAt = performance.now()
  const plan = checkedPlan(options)
  const progress = new Progress()
  await setUp(progress)
  const targets = await describe([...new Set(plan.flatMap(({ targets }) => targets))])

  const cores = allowedCores()
  const pinning = cores && share(cores)
  // PostgreSQL and the load are started from here, so they are where this process is.
  if (pinning) moveTo(pinning.others)
  const postgres = Object.values(targets).some(({ database }) => database === 'postgresql')
  progress.now('starting PostgreSQL')
  const databases = await Databases.open(cores, { postgres })
  const tokenModule = join(root, 'dist/token.js')
  const client = new Child(program('load-main'), [databases.tokensFile, tokenModule], { name: 'the load' })
  try {
    const scene = { databases, client, pinning, targets, tell: (text: string) => progress.now(text) }
    progress.say(where(pinning !== undefined))
    for (const line of leftOut(plan, options)) progress.say(line)
    const loads: LoadResult[] = []
    let since = startedAt
    for (const planned of plan) {
      const result = await runLoad(planned, { ...scene, tell: (text) => scene.tell(`${planned.load.name}: ${text}`) })
      loads.push(result)
      const took = Math.round((performance.now() - since) / 1_000)
      since = performance.now()
      progress.say(
        `\n${planned.load.name}: ${planned.load.title} (took ${took} s)\n${plainTable(tableOf(result, targets))}`
      )
    }
    progress.say(`\nIn all: ${Math.round((performance.now() - startedAt) / 6_000) / 10} minutes.`)
    return {
      date: new Date().toISOString(),
      commit: commit(),
      command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
      machine: thisMachine(pinning !== undefined),
      versions: versions(),
      targets,
      loads
    }
  } finally {
    await client.end()
    await databases.close()
  }
}

function where(pinned: boolean): string {
  const { cpu, cores, node, os } = thisMachine(pinned)
  const apart = pinned
    ? 'The server that is measured has a core of its own; load and PostgreSQL share the others.'
    : 'Server, load and PostgreSQL share all cores: figures of time are rough (no taskset here, or one core only).'
  return `${cpu}, ${cores} cores, Node ${node}, ${os}\n${apart}`
}
