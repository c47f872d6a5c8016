/** Process: what targets say of themselves, as JSON. Arguments: their names. */
import type { Target } from '../target.js'

const described = await Promise.all(
  process.argv.slice(2).map(async (name) => {
    const { default: target } = (await import(`../targets/${name}.js`)) as { readonly default: Target }
    const { title, database, does, maxTokens, putsOff } = target
    return [name, { title, database, does, maxTokens, putsOff }]
  })
)
process.stdout.write(JSON.stringify(Object.fromEntries(described)), () => process.exit())
