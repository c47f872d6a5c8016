/** Process: makes the tables and rows of one target. Arguments: its name, its dataset. */
import type { Target } from '../target.js'
import { answer } from './answering.js'
import { databaseOf } from './dataset.js'

const [name, dataset] = process.argv.slice(2)
const { default: target } = (await import(`../targets/${name}.js`)) as { readonly default: Target }

answer({
  seed: () => target.seed?.(databaseOf(dataset)),
  close: () => undefined
})
