/** All that has to be there before anything can be measured. */
import type { TargetName } from '../plan.js'
import type { Description } from '../report/measured.js'
import { command } from './command.js'
import { bench, program, root } from './places.js'
import { transpile } from './transpile.js'

export type Descriptions = Readonly<Partial<Record<TargetName, Description>>>

/** @returns what the targets say of themselves */
export async function setUp(targets: readonly TargetName[], tell: (text: string) => void): Promise<Descriptions> {
  tell('building keystile')
  await command('npm', ['run', 'build'], { cwd: root })
  tell('installing the peers and making their Prisma clients, where that is due; checking types')
  await command('npm', ['run', 'check:bench'], { cwd: root })
  await transpile()
  return JSON.parse(await command(process.execPath, [program('describe-main'), ...targets], { cwd: bench }))
}
