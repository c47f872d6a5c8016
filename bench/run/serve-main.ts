/** Process: one target, serving. Arguments: its name, its dataset. */
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '../target.js'
import { answer } from './answering.js'
import { databaseOf } from './dataset.js'

/** What the process has used since it started, and how its event loop was held since the last `start`. */
export interface Usage {
  readonly cpuMicros: number
  readonly answered: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** Of the heap and of what the heap holds outside of it, such as typed arrays. */
  readonly heapAndExternalBytes: number
  readonly loopMaxMs: number
  readonly loopP99Ms: number
}

export interface Listening {
  readonly port: number
}

const [name, dataset] = process.argv.slice(2)
const { default: target } = (await import(`../targets/${name}.js`)) as { readonly default: Target }
const serving = await target.serve(databaseOf(dataset))
const server = serving.app.listen(0, '127.0.0.1')
await once(server, 'listening')

let answered = 0
subscribe('http.server.response.finish', () => {
  answered++
})

const resolution = 2
const delay = monitorEventLoopDelay({ resolution })

/** The histogram has the time from one tick to the next, so an idle loop shows the resolution itself. */
const heldMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution)

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    cpuMicros: user + system,
    answered,
    rssBytes: rss,
    heapBytes: heapUsed,
    heapAndExternalBytes: heapUsed + external,
    loopMaxMs: delay.count === 0 ? 0 : heldMs(delay.max),
    loopP99Ms: delay.count === 0 ? 0 : heldMs(delay.percentile(99))
  }
}

/** What nothing holds any more is gone after the second pass; what finalizers let go, too. */
async function collected(): Promise<Usage> {
  for (let pass = 0; pass < 3; pass++) {
    global.gc?.()
    await sleep(50)
  }
  return usage()
}

answer({
  listening: (): Listening => ({ port: (server.address() as AddressInfo).port }),
  start: () => {
    delay.enable()
    delay.reset()
    return usage()
  },
  usage,
  wakes: () => process.resourceUsage().voluntaryContextSwitches,
  // Else its timer would wake this process at each tick, on the core of the target that is measured next.
  rest: () => {
    delay.disable()
  },
  collected,
  close: async () => {
    server.closeAllConnections()
    server.close()
    await serving.close()
  }
})
