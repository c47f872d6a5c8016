/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

export type Value = string | number | false | undefined | Html | readonly Html[]

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

function textOf(value: Value): string {
  if (value instanceof Html) return value.text
  if (value === undefined || value === false) return ''
  if (typeof value === 'string' || typeof value === 'number')
    return String(value).replace(/[&<>"']/g, (character) => escapes[character] ?? '')
  return value.map(({ text }) => text).join('')
}

/** A template whose values are escaped, unless they are templates themselves. Attributes need their quotes. */
export function html(parts: readonly string[], ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + textOf(values[index])).join(''))
}
