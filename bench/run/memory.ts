/** What a remembered key costs in memory. */
import type { Load } from '../plan.js'
import type { Memory } from '../report/measured.js'
import { type Child, endingAll } from './child.js'
import { Server, type ServerSettings } from './server.js'

/** @param settings of a target that remembers each key that it has met */
export async function memoryPerKey(settings: ServerSettings, client: Child, load: Load): Promise<Memory> {
  const server = await Server.start({ ...settings, nodeArgs: ['--expose-gc'] })
  const { hotKeys, connections } = load
  return endingAll([server], async () => {
    // What belongs to the first requests and not to keys: compiled code, connections, pools.
    await server.meet(client, load, { hotKeys: 1, connections, seconds: 2, unknownPart: 0, order: 'random' })
    const empty = await server.collected()
    await server.remember(client, load)
    const filled = await server.collected()
    return { keys: hotKeys, bytesPerKey: (filled.heapAndExternalBytes - empty.heapAndExternalBytes) / hotKeys }
  })
}
