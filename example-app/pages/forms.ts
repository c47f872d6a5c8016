import { type Html, html } from './html.js'

interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'email' | 'password' | 'text'
  readonly autocomplete: string
  readonly value?: string | undefined
  readonly hint?: string
  readonly isOptional?: boolean
}

const input = ({ name, label, type, autocomplete, value, hint, isOptional }: Field) => html`<p class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value ?? ''}"${
  hint !== undefined && html` aria-describedby="${name}-hint"`
}${!isOptional && html` required`}>
${hint !== undefined && html`<small id="${name}-hint">${hint}</small>`}
</p>`

interface Form {
  readonly title: string
  readonly action: string
  readonly fields: readonly Field[]
  readonly error: string | undefined
  readonly below: Html
}

const form = ({ title, action, fields, error, below }: Form) => html`<h1>${title}</h1>
${error !== undefined && html`<p class="error" role="alert">${error}</p>`}
<form method="post" action="${action}">
${fields.map(input)}
<button>${title}</button>
</form>
<p>${below}</p>`

/** What was typed before; a password never is shown again. */
export interface Typed {
  readonly email?: string | undefined
  readonly name?: string | undefined
}

const email = (value?: string) =>
  ({ name: 'email', label: 'Email', type: 'email', autocomplete: 'username', value }) as const

export const signInForm = (typed: Typed = {}, error?: string) =>
  form({
    title: 'Sign in',
    action: '/sign-in',
    fields: [
      email(typed.email),
      { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }
    ],
    error,
    below: html`No account yet? <a href="/sign-up">Sign up</a>.`
  })

export const signUpForm = (typed: Typed = {}, error?: string) =>
  form({
    title: 'Sign up',
    action: '/sign-up',
    fields: [
      email(typed.email),
      {
        name: 'name',
        label: 'Name (optional)',
        type: 'text',
        autocomplete: 'name',
        value: typed.name,
        isOptional: true
      },
      {
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'new-password',
        hint: 'At least 10 characters, and no more than 72 bytes: letters such as é take two.'
      }
    ],
    error,
    below: html`There is an account already? <a href="/sign-in">Sign in</a>.`
  })
