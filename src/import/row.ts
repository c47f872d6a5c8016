import { ApiKeyError, invalidArgument } from '../errors.js'
import type { Id } from '../events.js'
import { hashToken } from '../hash.js'
import type { ImportedKey } from '../imported-key.js'
import { storableIp } from '../ip.js'
import { maxNameLength, maxReasonLength, parseEmail, parseId, parseKeyFields } from '../key-input.js'
import type { HashAlg } from '../token-form.js'
import type { Cell, Cells, Column } from './columns.js'
import { parseAlg, parseHash } from './hashes.js'
import { parseEnd, parseTime } from './times.js'
import { asLine, parseActive, parseCount, parseJson, parseText } from './values.js'

const mostShown = 40

export interface RowRules {
  /** How keys are hashed where a row does not say so itself. */
  readonly hash: HashAlg | undefined
  readonly now: Date
  readonly storesIps: boolean
}

/** A good row, but for the form of its token. */
export interface ParsedRow extends Omit<ImportedKey, 'row' | 'form' | 'hashAlg' | 'keyPrefix'> {
  readonly alg: HashAlg
  readonly shown: string | null
}

export interface RowReading {
  readonly parsed: ParsedRow | undefined
  /** Everything that is wrong with it. */
  readonly reasons: readonly string[]
  /** What was changed so that it can be kept. */
  readonly notes: readonly string[]
}

/** Reads one row as far as it can be read, so that all that is wrong with it is told at once. */
export function readRow(cells: Cells, rules: RowRules): RowReading {
  const reasons: string[] = []
  const notes: string[] = []
  const read = <T, Else = undefined>(column: Column, parse: (cell: Cell | undefined) => T, otherwise?: Else) => {
    try {
      return parse(cells.get(column))
    } catch (error) {
      if (!(error instanceof ApiKeyError)) throw error
      reasons.push(error.message.replace(/\.$/, ''))
      return otherwise as Else
    }
  }
  const ownerId = read('userId', parseOwnerId)
  const hash = read('keyHash', (cell) => parseHash(cell, parseAlg(cells.get('hashAlg')) ?? rules.hash))
  const shown = read('keyPrefix', parseShown, null)
  const name = nameOf(read('name', parseText, null), shown, notes)
  const createdAt = read('createdAt', parseTime, null)
  const updatedAt = read('updatedAt', parseTime, null)
  const rest = {
    id: read('id', parseKeyId),
    ownerEmail: read('ownerEmail', parseOwnerEmail, null),
    ownerName: read('ownerName', parseOwnerName, null),
    scopes: read('scopes', (cell) => parseKeyFields({ scopes: parseJson(cell) ?? [] }, 0).scopes) ?? [],
    lastUsedAt: read('lastUsedAt', parseTime, null),
    lastUsedIp: rules.storesIps ? ipOf(read('lastUsedIp', parseText, null), notes) : null,
    usageCount: read('usageCount', parseCount, 0n),
    expiresAt: read('expiresAt', parseEnd, null),
    metadata: read('metadata', (cell) => parseKeyFields({ metadata: parseJson(cell) }, 0).metadata) ?? null,
    allowedIps: read('allowedIps', (cell) => parseKeyFields({ allowedIps: parseJson(cell) }, 0).allowedIps) ?? null,
    rateLimit: read('rateLimit', (cell) => parseKeyFields({ rateLimit: parseJson(cell) }, 0).rateLimit) ?? null,
    ...revocationOf(read('isActive', parseActive, false), read('revokedAt', parseTime, null), updatedAt, rules.now),
    createdAt,
    updatedAt
  }
  const reason = read('revokedReason', parseText, null)
  if (hash) reasons.push(...mismatch(hash.keyHash, hash.alg, shown, cells.get('keyHash')))
  if (ownerId === undefined || hash === undefined || reasons.length > 0) return { parsed: undefined, reasons, notes }
  const revokedReason = rest.isActive ? null : asLine(reason ?? 'not active when it was imported', maxReasonLength)
  return { parsed: { ...rest, ownerId, name, shown, revokedReason, ...hash }, reasons, notes }
}

function parseOwnerId(cell: Cell | undefined): Id {
  if (cell === undefined || cell.value === null || cell.value === '')
    throw invalidArgument('userId', 'user_id is missing: whom the key acts for')
  return parseId(cell.given, cell.value)
}

function parseKeyId(cell: Cell | undefined): string | undefined {
  if (cell === undefined || cell.value === null || cell.value === '') return undefined
  return String(parseId(cell.given, cell.value))
}

const parseOwnerEmail = (cell: Cell | undefined) => {
  const email = parseText(cell)
  return email === null ? null : parseEmail(email)
}

const parseOwnerName = (cell: Cell | undefined) => asLine(parseText(cell) ?? '', maxNameLength) || null

/** The beginning of a token in what a row shows of it: `sk_AbCd` of `sk_AbCd...`, `sk_AbCd****` and `sk_AbCd...wxyz`. */
function parseShown(cell: Cell | undefined): string | null {
  const text = parseText(cell)?.trim() ?? ''
  const shown = /^[^*•…]*?(?=\.{2,}|[*•…]|$)/u.exec(text)?.[0] ?? ''
  if (shown === '') return null
  const given = cell?.given ?? ''
  if (shown.length > mostShown)
    throw invalidArgument(given, `${given} shows more than ${mostShown} characters: it may be a whole key`)
  return shown
}

/** What a hash and what is shown of the token say of each other. */
function mismatch(keyHash: string, alg: HashAlg, shown: string | null, cell: Cell | undefined): readonly string[] {
  if (shown === null) return []
  if (alg === 'sha256' && hashToken(shown) === keyHash) return ['key_prefix is the whole key']
  const isToken = shown.length >= 4 && typeof cell?.value === 'string' && cell.value.startsWith(shown)
  return isToken ? [`${cell?.given} seems to be the key itself, not its hash`] : []
}

function nameOf(given: string | null, shown: string | null, notes: string[]): string {
  const name = asLine(given ?? '', maxNameLength)
  if (name === '') {
    notes.push('it had no name, and got one: "imported" and what it shows of its key')
    return shown === null ? 'imported' : `imported ${shown}...`.slice(0, maxNameLength)
  }
  if (name !== given) notes.push(`its name was changed: a name is one line of at most ${maxNameLength} characters`)
  return name
}

function ipOf(given: string | null, notes: string[]): string | null {
  const ip = storableIp(given)
  if (given !== null && ip === null) notes.push('last_used_ip is no address, and was left out')
  return ip
}

/** Whatever one of the two columns says: a key that may have been revoked is. */
function revocationOf(active: boolean, revokedAt: Date | null, updatedAt: Date | null, now: Date) {
  if (active && revokedAt === null) return { isActive: true, revokedAt: null }
  const at = revokedAt ?? updatedAt ?? now
  return { isActive: false, revokedAt: at > now ? now : at }
}
