import type { CreatedKey } from '../keys.js'
import { Failure } from './failure.js'
import type { Output } from './output.js'
import { recordDocument } from './record.js'

/** Prints a key that was made a moment ago: the token alone on stdout, what it is on stderr. */
export async function printNewKey(out: Output, { token, apiKey }: CreatedKey): Promise<void> {
  const { id, name, scopes, expiresAt } = apiKey
  const end = expiresAt ? `expires ${expiresAt.toISOString()}` : 'never expires'
  await out.notice(`Key "${name}", id ${String(id)}: scopes ${scopes.join(' ') || 'none'}; ${end}.`)
  await out.notice('It is shown this once; only its hash is stored.')
  try {
    await out.result({ token, apiKey: recordDocument(apiKey) }, () => `${token}\n`)
  } catch {
    throw new Failure(
      'output_failed',
      `The key could not be written to stdout, and nobody has it. Delete it: keystile delete ${String(id)}`
    )
  }
}
