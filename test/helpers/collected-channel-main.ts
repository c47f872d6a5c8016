/** Run with --expose-gc by events.test.ts: listens, stops, and listens again after the garbage was collected. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { createApiKeys } from 'keystile'

const keys = createApiKeys({ url: 'file:./never-opened.db' })
let heard = 0
const listener = () => {
  heard++
}
// Refused by its form: that is told before verify returns, and the database is not asked.
const refused = () => keys.verify('not a token').catch(() => {})

subscribe('keystile:denied', listener)
unsubscribe('keystile:denied', listener)
await sleep(1) // what was used in this turn is not collected before its end
globalThis.gc?.()
await refused()
await sleep(50)
subscribe('keystile:denied', listener)
await refused()
console.log(heard)
