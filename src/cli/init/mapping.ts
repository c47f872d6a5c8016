import type { Plan } from './plan.js'

export type ModelMapping = Readonly<Record<string, unknown>>

/** The option `models` that this schema needs; undefined where all names are the usual ones. */
export function mappingOf({ names, owner }: Pick<Plan, 'names' | 'owner'>): ModelMapping | undefined {
  const renamed = [...names.models]
    .filter(([own, name]) => own !== name)
    .map(([own, name]) => [`${own.charAt(0).toLowerCase()}${own.slice(1)}`, name])
  const mapping = { ...ownerOf(owner), ...Object.fromEntries(renamed) }
  return Object.keys(mapping).length > 0 ? mapping : undefined
}

function ownerOf(owner: Plan['owner']): ModelMapping {
  if (!owner) return { owner: false }
  const { block, idField } = owner
  if (idField !== 'id')
    return { owner: { ...(block.name !== 'User' && { name: block.name }), fields: { id: idField } } }
  return block.name === 'User' ? {} : { owner: block.name }
}

/** A text as TypeScript has it. */
export function literalOf(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1)
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** A value as TypeScript has it. */
function codeOf(value: unknown): string {
  if (typeof value === 'string') return literalOf(value)
  if (typeof value !== 'object' || value === null) return String(value)
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${codeOf(inner)}`)
    .join(', ')} }`
}

/** The expression of an app that makes these keys. */
export function callOf(mapping: ModelMapping | undefined, feedUrl = 'process.env.DATABASE_URL'): string {
  const models = mapping ? `, models: ${codeOf(mapping)}` : ''
  return `createApiKeys({ prisma, feedUrl: ${feedUrl}${models} })`
}
