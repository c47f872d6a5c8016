import type { ApiKey, Owner } from './api-key.js'
import { describe } from './errors.js'
import { commonScopes, parseScopes } from './scopes.js'

/** What an app says of the owners of keys. Plain functions of what they are given: their answers are remembered with the key. */
export interface OwnerRules {
  /** Whether an owner's keys may be used. */
  readonly isOwnerActive?: ((owner: Owner) => boolean) | undefined
  /** What an owner may do now; a key may do no more. */
  readonly effectiveScopes?: ((owner: Owner, apiKey: ApiKey) => readonly string[]) | undefined
}

/** What an app's functions made of a key and its owner; a name in `failed` where one threw, or said what is no answer. */
interface Ruling {
  readonly isActive: boolean
  readonly scopes: readonly string[]
  readonly failed: readonly string[]
}

/** What fails lets nobody in: the owner is then inactive, and the key without scopes. */
export function ruleOn(rules: OwnerRules, owner: Owner, apiKey: ApiKey): Ruling {
  const failed: string[] = []
  const attempt = <T>(name: keyof OwnerRules, ask: () => T, otherwise: T): T => {
    try {
      return ask()
    } catch {
      failed.push(name)
      return otherwise
    }
  }
  const { isOwnerActive, effectiveScopes } = rules
  const isActive = !isOwnerActive || attempt('isOwnerActive', () => asBoolean(isOwnerActive(owner)), false)
  const scopes = effectiveScopes
    ? attempt('effectiveScopes', () => commonScopes(apiKey.scopes, asScopes(effectiveScopes(owner, apiKey))), [])
    : apiKey.scopes
  return { isActive, scopes, failed }
}

/** A promise is true to JavaScript, whatever becomes of it. */
function asBoolean(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  leaveUnanswered(value)
  throw new TypeError('isOwnerActive() must return true or false, and at once.')
}

function asScopes(value: unknown): readonly string[] {
  leaveUnanswered(value)
  return parseScopes(value)
}

/** A promise is no answer; that it rejects must not end the process. */
function leaveUnanswered(value: unknown): void {
  if (value instanceof Promise) value.catch(() => {})
}

/** @throws TypeError */
export function parseOwnerRules({ isOwnerActive, effectiveScopes }: OwnerRules): OwnerRules {
  for (const [name, rule] of Object.entries({ isOwnerActive, effectiveScopes }))
    if (rule !== undefined && typeof rule !== 'function')
      throw new TypeError(`${name} must be a function of the owner, not ${describe(rule)}.`)
  return { isOwnerActive, effectiveScopes }
}

/**
 * The names in a select as Prisma has it.
 * @throws TypeError
 */
export function parseOwnerSelect(select: unknown): readonly string[] | undefined {
  if (select === undefined) return undefined
  const isSelect = typeof select === 'object' && select !== null && !Array.isArray(select)
  const wrong = isSelect ? Object.values(select).find((value) => value !== true) : select
  if (isSelect && wrong === undefined) return Object.keys(select)
  throw new TypeError(`ownerSelect takes the columns of the owner, such as { email: true }, not ${describe(wrong)}.`)
}
