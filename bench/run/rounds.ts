/** Rounds of load that take turns: A B C A B C. */
import type { Load, PlannedLoad, TargetName } from '../plan.js'
import { isCached, isClose } from '../plan.js'
import type { Measured, Round } from '../report/measured.js'
import type { Child } from './child.js'
import type { Server } from './server.js'

const random = ({ hotKeys, connections, unknownPart }: Load, seconds: number) =>
  ({ hotKeys, connections, unknownPart, seconds, order: 'random' }) as const

/** What a request costs less than in the step before, by which a server that is not warm yet is told. */
const stillWarming = 0.03

/** Until its code is compiled, its connections are open, and a cache has met each key. */
async function warm(server: Server, client: Child, { load, warmSeconds, warmSteps }: PlannedLoad): Promise<void> {
  let last = Number.POSITIVE_INFINITY
  for (let step = 0; step < warmSteps; step++) {
    const cost = await server.warm(client, load, random(load, warmSeconds))
    if (cost > last * (1 - stillWarming)) break
    last = cost
  }
  if (isCached(server.target)) await server.remember(client, load)
}

async function measure(server: Server, client: Child, { load, seconds }: PlannedLoad): Promise<Measured> {
  const parts = load.unknownPart === 0 ? 1 : 2
  if (isCached(server.target) && !server.remembersFor(parts, seconds)) {
    await server.grownOld()
    await server.remember(client, load)
  }
  if (load.unknownPart === 0) return server.meet(client, load, random(load, seconds))
  const calm = await server.meet(client, load, random({ ...load, unknownPart: 0 }, seconds))
  return { ...(await server.meet(client, load, random(load, seconds))), calm }
}

/** @param tell is told which round of how many has begun */
export async function runRounds(
  planned: PlannedLoad,
  servers: readonly Server[],
  client: Child,
  tell: (text: string) => void
): Promise<readonly Round[]> {
  for (const server of servers) {
    tell(`warming ${server.target}`)
    await warm(server, client, planned)
  }
  // What has to remember keys for all rounds begins each.
  const turns = [...servers].sort((one, other) => Number(isCached(other.target)) - Number(isCached(one.target)))
  const rounds: Round[] = []
  const inAll = planned.rounds + planned.closeRounds
  for (let index = 0; index < inAll; index++) {
    const round: Partial<Record<TargetName, Measured>> = {}
    for (const server of turns) {
      if (index >= planned.rounds && !isClose(server.target)) continue
      tell(`round ${index + 1} of ${inAll}: ${server.target}`)
      round[server.target] = await measure(server, client, planned)
    }
    rounds.push(round)
  }
  return rounds
}
