import { defaultUrl, type Location, parseDatabaseUrl } from './database/url.js'
import { describe } from './errors.js'
import { parseOwnerSelect } from './owner-rules.js'
import type { ClientShape } from './prisma-store/client.js'
import { inspectClient } from './prisma-store/inspect.js'
import { parseModels } from './prisma-store/model-names.js'

/** Where keys live: in a database of keystile's own, or where a client of the app's has them. */
export type KeySource =
  | { readonly kind: 'url'; readonly location: Location; readonly isFallback: boolean }
  | { readonly kind: 'prisma'; readonly client: object; readonly shape: ClientShape }

/** The options that say it, not checked yet. */
interface SourceOptions {
  readonly url?: unknown
  readonly prisma?: unknown
  readonly models?: unknown
  readonly ownerSelect?: unknown
  readonly isOwnerActive?: unknown
  readonly effectiveScopes?: unknown
}

/** @throws TypeError */
export function sourceOf(options: SourceOptions, env: NodeJS.ProcessEnv): KeySource {
  const { url, prisma } = options
  requireSaid(options)
  if (prisma !== undefined) {
    if (url !== undefined) throw new TypeError('createApiKeys() takes url or prisma, not both.')
    if (typeof prisma !== 'object' || prisma === null)
      throw new TypeError(`prisma must be a PrismaClient, not ${describe(prisma)}.`)
    return { kind: 'prisma', client: prisma, shape: shapeOf(prisma, options) }
  }
  for (const option of ['models', 'ownerSelect'] as const)
    if (options[option] !== undefined) throw new TypeError(`${option} goes with prisma: keystile knows its own models.`)
  if (url !== undefined) return { kind: 'url', location: parseDatabaseUrl(url, 'url'), isFallback: false }
  const fromEnv = env['DATABASE_URL']
  if (fromEnv) return { kind: 'url', location: parseDatabaseUrl(fromEnv, 'DATABASE_URL'), isFallback: false }
  return { kind: 'url', location: parseDatabaseUrl(defaultUrl, 'url'), isFallback: true }
}

/** A variable that is not set, or an import that is not there yet, must not lead to another database than the one that is meant. */
function requireSaid(options: SourceOptions): void {
  const unsaid = (['prisma', 'url'] as const).find(
    (option) => Object.hasOwn(options, option) && options[option] === undefined
  )
  if (unsaid === undefined) return
  const wanted = unsaid === 'prisma' ? 'your PrismaClient' : "the database's URL"
  throw new TypeError(
    `${unsaid} is undefined: give it ${wanted}. Without ${unsaid} altogether, keys are in the database of DATABASE_URL, else in ${defaultUrl}.`
  )
}

function shapeOf(prisma: object, options: SourceOptions): ClientShape {
  const names = parseModels(options.models)
  const needOwner = ['ownerSelect', 'isOwnerActive', 'effectiveScopes'] as const
  const useless = names.hasOwner ? undefined : needOwner.find((option) => options[option] !== undefined)
  if (useless)
    throw new TypeError(`${useless} needs the owner's row, and models: { owner: false } says that there is none.`)
  return inspectClient(prisma, { names, ownerSelect: parseOwnerSelect(options.ownerSelect) })
}
