import type { Provider } from '../sql-names.js'
import { alphabetNames, hashAlgs, type TokenForm } from '../token-form.js'
import type { Models, Row } from './client.js'
import { oneAtATime } from './one-at-a-time.js'

const fields = ['prefix', 'alphabet', 'minLength', 'maxLength', 'hashAlg', 'shownLength'] as const
const select = Object.fromEntries(fields.map((field) => [field, true]))

const isSound = ({ prefix, alphabet, minLength, maxLength, hashAlg, shownLength }: Row) =>
  typeof prefix === 'string' &&
  alphabetNames.some((name) => name === alphabet) &&
  hashAlgs.some((name) => name === hashAlg) &&
  [minLength, maxLength, shownLength].every((length) => Number.isSafeInteger(length))

/** One that can't be read looks nothing up. */
export async function readForms(models: Models): Promise<readonly TokenForm[]> {
  const rows = await models.apiKeyForm.findMany({ select })
  return rows.filter(isSound) as unknown as readonly TokenForm[]
}

/**
 * Adds forms to those that are looked up, within the transaction that adds their keys; what is there already stays.
 * @returns whether there was one to add
 */
export async function recordForms(tx: Models, provider: Provider, forms: readonly TokenForm[]): Promise<boolean> {
  let added = false
  const isThere = async (form: TokenForm) =>
    (await tx.apiKeyForm.findFirst({ where: form, select: { id: true } })) !== null
  for (const form of forms.map(plain)) {
    if (await isThere(form)) continue
    // One that another adds at this moment would fail the transaction as a whole.
    await oneAtATime(tx, provider, 'token forms')
    if (await isThere(form)) continue
    await tx.apiKeyForm.create({ data: form, select: { id: true } })
    added = true
  }
  return added
}

const plain = ({ prefix, alphabet, minLength, maxLength, hashAlg, shownLength }: TokenForm): TokenForm => ({
  prefix,
  alphabet,
  minLength,
  maxLength,
  hashAlg,
  shownLength
})
