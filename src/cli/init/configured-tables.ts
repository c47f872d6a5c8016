import { type ApiKeys, internalsOf } from '../../create-api-keys.js'
import type { Location } from '../../database/url.js'
import { watchedBy } from '../../open-feed.js'
import { Failure } from '../failure.js'
import type { WatchedSchema } from './watched-tables.js'

/**
 * The tables and columns that an app's keys depend on, as its own client calls them.
 * @throws Failure where the keys have a database of keystile's own
 */
export function watchedByKeys(keys: ApiKeys): WatchedSchema {
  const { source, feed } = internalsOf(keys).config
  if (source.kind !== 'prisma') {
    throw new Failure(
      'misconfigured',
      "The config file's keys have no Prisma client of yours: npx keystile migrate makes their triggers."
    )
  }
  const { tables, schema } = watchedBy(feed ?? placeOf(source.shape.provider), source)
  return { tables, databaseSchema: schema === 'public' ? undefined : schema }
}

/** No database has to be named for the names of tables. */
const placeOf = (provider: Location['provider']): Location =>
  provider === 'sqlite'
    ? { provider, path: '', url: '', shown: '' }
    : { provider, schema: 'public', url: '', shown: '' }
