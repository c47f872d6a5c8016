/** Run with --expose-gc by bounded-map.test.ts: prints how many replaced values are still in memory. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BoundedMap } from '../../src/bounded-map.js'

const max = Number(process.argv[2])
const map = new BoundedMap<{ wasUsed: boolean }>(max, () => {})
const replaced: WeakRef<object>[] = []

for (let round = 0; round < 20; round++) {
  for (let i = 0; i < 100; i++) {
    const value = { wasUsed: false }
    if (round < 19) replaced.push(new WeakRef(value))
    map.set(`${i}`, value)
  }
}
await nextTurn()
global.gc?.()
console.log(replaced.filter((each) => each.deref() !== undefined).length)
