import { messageOf } from '../errors.js'
import { type Finding, fail, ok, skipped, warn, within } from './check.js'
import { surveyOf } from './keys.js'
import type { Patient } from './patient.js'

const loadMs = 20_000

/** The little of an Express app that is asked. */
interface AppLike {
  get(setting: string): unknown
}

const isApp = (value: unknown): value is AppLike =>
  typeof value === 'function' &&
  ['get', 'set', 'enabled', 'handle'].every((name) => typeof Reflect.get(value, name) === 'function')

/** The default export or `app`; CommonJS has one in the other at times. */
function appIn(exported: Readonly<Record<string, unknown>>): AppLike | undefined {
  const inner = exported['default']
  const within = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {}
  return [inner, exported['app'], within['app'], within['default']].find(isApp)
}

export async function checkTrustProxy(patient: Patient): Promise<Finding> {
  const { app } = patient
  if (!app)
    return skipped(
      'The app is not known here.',
      'To look at it: npx keystile doctor --app ./app.js, a file whose default export, or export app, is the Express app'
    )
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await within(loadMs, () => app.load())
  } catch (error) {
    return fail(
      `${app.name} could not be loaded: ${messageOf(error)}`,
      'Give a file that makes the app and starts nothing else.'
    )
  }
  const found = appIn(exported)
  if (!found)
    return fail(`${app.name} exports no Express app.`, 'Export it: export default app, or export const app = express()')
  return judge(found.get('trust proxy'), patient)
}

async function judge(setting: unknown, patient: Patient): Promise<Finding> {
  if (setting === true) return judgeTrue(await limitedKeys(patient))
  if (setting === undefined || setting === false || setting === 0)
    return ok(
      "It is off: an address is that of whoever connects. Behind a proxy that is the proxy's: set it to 1 then.",
      {
        trustProxy: false
      }
    )
  const shown = typeof setting === 'function' ? 'a function' : JSON.stringify(setting)
  return ok(`It is ${shown}: see that it names your proxies and no others.`, {
    trustProxy: typeof setting === 'function' ? 'function' : setting
  })
}

/** How many keys only some addresses may use; undefined where the database could not be asked. */
async function limitedKeys({ database, hasTables }: Patient): Promise<number | undefined> {
  if (!database || !hasTables) return undefined
  const now = new Date()
  return (await surveyOf(database, 'limited_to_addresses', now, now))?.count
}

function judgeTrue(keys: number | undefined): Finding {
  const remedy = "Say how many proxies are yours: app.set('trust proxy', 1), or name their addresses."
  const message = 'It is true: any client can write itself an address'
  const details = { trustProxy: true, keysWithAllowedIps: keys ?? null }
  if (!keys) return warn(`${message}.`, remedy, details)
  const they = keys === 1 ? 'The key that is' : `The ${keys} keys that are`
  return fail(
    `${message}. ${they} limited to addresses ${keys === 1 ? 'is' : 'are'} refused by this app.`,
    remedy,
    details
  )
}
