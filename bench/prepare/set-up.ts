/** All that has to be there before anything can be measured. */
import type { TargetName } from '../plan.js'
import type { Description } from '../report/measured.js'
import { generateClients } from './clients.js'
import { command } from './command.js'
import { buildKeystile, installPackages } from './packages.js'
import { bench, program, root } from './places.js'
import { transpile } from './transpile.js'

export type Descriptions = Readonly<Partial<Record<TargetName, Description>>>

/** @returns what the targets say of themselves */
export async function setUp(targets: readonly TargetName[], tell: (text: string) => void): Promise<Descriptions> {
  tell('building keystile')
  await buildKeystile()
  tell("installing the peers' packages, where they are not")
  await installPackages()
  tell("generating the peers' Prisma clients, where they have changed")
  await generateClients()
  tell('checking types')
  await command('npm', ['run', 'check:bench'], { cwd: root })
  await transpile()
  return JSON.parse(await command(process.execPath, [program('describe-main'), ...targets], { cwd: bench }))
}
