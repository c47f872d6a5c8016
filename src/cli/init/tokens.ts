/** A piece of a Prisma schema: comments and blanks are between the pieces. Offsets count in the text of the file. */
export interface Token {
  readonly kind: 'word' | 'string' | 'sign' | 'newline'
  readonly text: string
  readonly start: number
  readonly end: number
}

const piece = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|[\p{L}\p{N}_-]+|@@|\n|[^\s]/gu

const kindOf = (text: string): Token['kind'] => {
  if (text === '\n') return 'newline'
  if (text.startsWith('"')) return 'string'
  return /^[\p{L}\p{N}_-]/u.test(text) ? 'word' : 'sign'
}

/** A line break within a block comment is none: what comes after it still belongs to the line. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(piece)].flatMap(({ 0: found, index }) =>
    found.startsWith('//') || found.startsWith('/*')
      ? []
      : [{ kind: kindOf(found), text: found, start: index, end: index + found.length }]
  )
}

/** What a string of a schema says. */
export function contentOf({ text }: Token): string {
  try {
    return JSON.parse(text) as string
  } catch {
    return text.slice(1, -1)
  }
}
