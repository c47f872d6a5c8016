import { messageOf } from '../errors.js'
import type { ApiKeysConfig } from '../options.js'
import { type Check, type Finding, fail, skipped } from './check.js'
import { checkClock } from './clock.js'
import { checkDatabase, checkMigrations, checkServer } from './database.js'
import { checkFeed, checkTriggers } from './feed.js'
import { checkBcrypt, checkHmac } from './hashes.js'
import { checkKeys, keyChecks } from './keys.js'
import type { OpenDatabase, Patient } from './patient.js'
import { checkCache, checkFallback, checkFileMode, checkSettings } from './settings.js'
import { checkTrustProxy } from './trust-proxy.js'
import { checkExpress, checkNode, checkPrisma } from './versions.js'

type Run = (patient: Patient) => Promise<Finding>

const withConfig =
  (run: (config: ApiKeysConfig, patient: Patient) => Promise<Finding>): Run =>
  async (patient) =>
    patient.config ? run(patient.config, patient) : skipped('The settings could not be read.')

const withDatabase = (
  run: (database: OpenDatabase, patient: Patient, config: ApiKeysConfig) => Promise<Finding>
): Run =>
  withConfig(async (config, patient) =>
    patient.database ? run(patient.database, patient, config) : skipped('The database could not be reached.')
  )

const withTables = (run: (database: OpenDatabase, patient: Patient, config: ApiKeysConfig) => Promise<Finding>): Run =>
  withDatabase(async (database, patient, config) =>
    patient.hasTables ? run(database, patient, config) : skipped("The database lacks keystile's tables.")
  )

/** In their order: later ones build on what earlier ones found. The ids are fixed. */
const checks: readonly (readonly [id: string, run: Run])[] = [
  ['node', checkNode],
  ['express', checkExpress],
  ['prisma', checkPrisma],
  ['settings', checkSettings],
  ['database', withConfig((config, patient) => checkDatabase(patient, config))],
  ['fallback', withConfig(checkFallback)],
  ['file_mode', withConfig(checkFileMode)],
  ['migrations', withDatabase((database, patient, config) => checkMigrations(patient, database, config))],
  ['server', withDatabase(checkServer)],
  ['clock', withDatabase(checkClock)],
  ['cache', withConfig(checkCache)],
  ['triggers', withTables((database, patient, config) => checkTriggers(patient, database, config))],
  ['feed', withTables((database, patient, config) => checkFeed(patient, database, config))],
  ...keyChecks.map(
    (each) => [`keys_${each.kind}`, withTables((database, patient) => checkKeys(each, patient, database))] as const
  ),
  ['keys_bcrypt', withTables(checkBcrypt)],
  ['keys_hmac', withTables((database, _, config) => checkHmac(database, config))],
  ['trust_proxy', checkTrustProxy]
]

/** Runs all checks. Nothing is changed; only the feed is tried by notes of its own, which say nothing of keys. */
export async function examine(
  given: Omit<Patient, 'database' | 'hasTables' | 'hasTriggers'>
): Promise<readonly Check[]> {
  const patient: Patient = { ...given, hasTables: false, hasTriggers: false }
  // The timers and sockets of a feed keep no process alive.
  const alive = setInterval(() => {}, 1_000)
  const found: Check[] = []
  try {
    for (const [id, run] of checks) found.push({ id, ...(await attempted(run, patient)) })
    return found
  } finally {
    clearInterval(alive)
    await patient.database?.close().catch(() => {})
  }
}

async function attempted(run: Run, patient: Patient): Promise<Finding> {
  try {
    return await run(patient)
  } catch (error) {
    return fail(
      `This could not be looked at: ${messageOf(error)}`,
      'Put right what was found above, then run this again.'
    )
  }
}
