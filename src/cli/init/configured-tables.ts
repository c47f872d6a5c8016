import { type ApiKeys, internalsOf } from '../../create-api-keys.js'
import { watchedBy } from '../../open-feed.js'
import type { WatchedSchema } from './watched-tables.js'

/** The tables and columns that an app's keys depend on, as its own client calls them; undefined where they have none. */
export function watchedByKeys(keys: ApiKeys): WatchedSchema | undefined {
  const { source } = internalsOf(keys).config
  if (source.kind !== 'prisma') return undefined
  const { tables, schema } = watchedBy({ provider: source.shape.provider }, source)
  return { tables, databaseSchema: schema === 'public' ? undefined : schema }
}
