/** What tokens look like, told by what rows show of them. */
import { describe, expect, test } from 'vitest'
import { parseForm } from '../../src/import/form-option.js'
import { formsOf } from '../../src/import/forms.js'
import { prefixesOf } from '../../src/import/prefixes.js'
import { distinctForms, type HashAlg } from '../../src/token-form.js'

describe('a prefix', () => {
  test.each([
    ['is what all begin with', ['sk_AbCdEfGh', 'sk_12345678', 'sk_a-b_c-dd'], ['sk_', 'sk_', 'sk_']],
    ['is not an underscore of a secret', ['sk_A_bCdEfG', 'sk_AB_cdefg'], ['sk_', 'sk_']],
    ['of one key is not what may be secret', ['sk_Ab_dEfGh'], ['sk_']],
    ['is as long as it is', ['sk_live_AbCd', 'sk_live_1234'], ['sk_live_', 'sk_live_']],
    ['may be of several kinds', ['sk_live_AbCd', 'sk_test_1234'], ['sk_live_', 'sk_test_']],
    ['may be of kinds that begin differently', ['sk_live_AbCd', 'pk_AbCdEfGh'], ['sk_live_', 'pk_']],
    ['may have three parts', ['acme_prod_v2_AbCdE', 'acme_prod_v2_x'], ['acme_prod_v2_', 'acme_prod_v2_']],
    ['is short where some have words and others have none', ['sk_live_AbCd', 'sk_AbCdEfGh'], ['sk_', 'sk_']],
    [
      'is none where nothing shows one',
      ['AbCdEfGh', '_AbCd', '', 'sk-AbC'],
      [undefined, undefined, undefined, undefined]
    ]
  ])('%s', (_, shown, expected) => {
    expect(prefixesOf(shown)).toEqual(expected)
  })

  test('is none where each key has another', () => {
    const shown = Array.from({ length: 21 }, (_, index) => `${String.fromCharCode(65 + index)}bC_dEfG`)
    expect(new Set(prefixesOf(shown))).toEqual(new Set([undefined]))
  })
})

describe('a form', () => {
  const row = (shown: string | null, alg: HashAlg = 'sha256') => ({ alg, shown })
  const wide = { prefix: 'sk_', alphabet: 'token68', minLength: 20, maxLength: 255, hashAlg: 'sha256', shownLength: 0 }

  test('is wide where nothing else is said', () => {
    expect(distinctForms(formsOf([row('sk_AbCdEfGh'), row('sk_12345678')], {}) as never)).toEqual([wide])
  })

  test('is as narrow as it is said to be', () => {
    const given = { length: 46, alphabet: 'base64url' } as const
    const [form] = formsOf([row('sk_AbCd-f_h')], given)
    expect(form).toEqual({ ...wide, minLength: 46, maxLength: 46, alphabet: 'base64url' })
    expect(formsOf([row('sk_AbCd.fGh')], given)).toEqual([expect.stringContaining('characters')])
  })

  test('of bcrypt has how much is shown, and ends where bcrypt does', () => {
    const forms = formsOf([row('sk_AbCdEfGh', 'bcrypt'), row('sk_AbCdEf', 'bcrypt')], {})
    expect(forms).toMatchObject([
      { maxLength: 72, shownLength: 11 },
      { maxLength: 72, shownLength: 9 }
    ])
    expect(formsOf([row('sk_AbCdEfGh', 'bcrypt')], { length: 80 })).toEqual([expect.stringContaining('72')])
  })

  test.each([
    ['fewer than six', 'sk_AbCdE', {}],
    ['a prefix alone', 'sk_live_', {}],
    ['nothing', null, { prefix: 'sk_' }]
  ])('of bcrypt is none where %s is shown', (_, shown, given) => {
    expect(formsOf([row(shown, 'bcrypt')], given)).toEqual([expect.stringContaining('at least 6 characters')])
  })

  test('of bcrypt takes what several show alike for their prefix, whatever is said', () => {
    const given = { prefix: 'sk_' }
    const rows = ['sk_live_AbCdE', 'sk_live_12345', 'sk_live_AbCdEf'].map((shown) => row(shown, 'bcrypt'))
    const tooLittle = expect.stringContaining('at least 6 characters')
    expect(formsOf(rows, given)).toEqual([tooLittle, tooLittle, expect.objectContaining(given)])
    expect(formsOf([row('sk_abc_defg', 'bcrypt')], given)).toMatchObject([given])
  })

  test('with a prefix that is said is held to it', () => {
    const forms = formsOf([row('sk-AbCdEfGh'), row(null), row('sk-'), row('pk-AbCd')], { prefix: 'sk-' })
    expect(forms).toEqual([
      { ...wide, prefix: 'sk-' },
      { ...wide, prefix: 'sk-' },
      { ...wide, prefix: 'sk-' },
      expect.stringContaining('does not begin with "sk-"')
    ])
  })

  test('is none where the prefix is not to be told', () => {
    expect(formsOf([row('AbCdEfGh'), row(null)], {})).toEqual([
      expect.stringContaining('--token-prefix'),
      expect.stringContaining('--token-prefix')
    ])
  })
})

describe('what is said of a form', () => {
  test.each([
    [{ prefix: '', alphabet: 'hex', length: 64 }],
    [{ prefix: 'sk-', minLength: 30, maxLength: 60 }],
    [{ length: 46 }],
    [{}],
    [undefined]
  ])('%j is taken', (form) => {
    expect(parseForm(form)).toMatchObject(form ?? {})
  })

  test.each([
    [{ prefix: '' }, 'without a prefix'],
    [{ prefix: '', alphabet: 'hex' }, 'without a prefix'],
    [{ prefix: '', length: 40 }, 'without a prefix'],
    [{ prefix: '', alphabet: 'token68', minLength: 20, maxLength: 60 }, 'without a prefix'],
    [{ prefix: 'sk ' }, 'form.prefix'],
    [{ prefix: 'ключ_' }, 'form.prefix'],
    [{ prefix: 7 }, 'form.prefix'],
    [{ length: 8 }, 'form.length'],
    [{ length: 257 }, 'form.length'],
    [{ length: '46' }, 'form.length'],
    [{ length: 46, maxLength: 50 }, 'not both'],
    [{ minLength: 50, maxLength: 40 }, 'more than'],
    [{ alphabet: 'base58' }, 'base62, base64url, hex, token68'],
    [{ prefix: 'a'.repeat(40), length: 40 }, 'nothing'],
    [{ lenght: 46 }, 'did you mean "length"'],
    ['sk_', 'object']
  ])('%j is refused', (form, message) => {
    expect(() => parseForm(form)).toThrow(new RegExp(message, 'i'))
  })
})
