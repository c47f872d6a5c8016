import { contentOf, type Token, tokensOf } from './tokens.js'

/** `@map("user_id")`, `@@id([a, b])` or `@db.Uuid`. */
export interface Attribute {
  /** Without the `@`: `map`, `db.Uuid`. */
  readonly name: string
  /** As they are written, with their parentheses; empty where there are none. */
  readonly source: string
  readonly args: readonly Token[]
}

export interface Field {
  readonly name: string
  readonly type: string
  readonly isList: boolean
  readonly attributes: readonly Attribute[]
  readonly nameStart: number
  readonly typeStart: number
  /** Where the next line begins: behind the comment at the end of this one. */
  readonly lineEnd: number
}

/** A block of a schema: a model, a view, an enum, a datasource. */
export interface Block {
  readonly keyword: string
  readonly name: string
  readonly file: string
  readonly line: number
  readonly bodyStart: number
  readonly fields: readonly Field[]
  readonly attributes: readonly Attribute[]
  /** The strings that a datasource or generator assigns; lists are left out. */
  readonly settings: ReadonlyMap<string, string>
  /** Whether it assigns this, in whatever form. */
  assigns(name: string): boolean
}

/** The blocks of one file. Prisma's own parser decides whether a schema is valid; this one says where things are. */
export function parseSchema(file: string, text: string): Block[] {
  const tokens = tokensOf(text)
  const blocks: Block[] = []
  for (let at = 0; at < tokens.length; at++) {
    const [keyword, name, open] = tokens.slice(at, at + 3)
    if (keyword?.kind !== 'word' || name?.kind !== 'word' || open?.text !== '{') continue
    const end = closing(tokens, at + 2)
    blocks.push(asBlock({ file, text, keyword, name, open, body: tokens.slice(at + 3, end) }))
    at = end
  }
  return blocks
}

/** The index of the sign that closes what the one at `start` opens. */
function closing(tokens: readonly Token[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    const { kind, text } = tokens[at] as Token
    if (kind !== 'sign') continue
    if ('{[('.includes(text)) depth++
    if ('}])'.includes(text) && --depth === 0) return at
  }
  return tokens.length
}

interface Found {
  readonly file: string
  readonly text: string
  readonly keyword: Token
  readonly name: Token
  readonly open: Token
  readonly body: readonly Token[]
}

function asBlock({ file, text, keyword, name, open, body }: Found): Block {
  const statements = statementsOf(body)
  const settings = statements.flatMap(([key, sign, value]) =>
    key && sign?.text === '=' ? [[key.text, value?.kind === 'string' ? contentOf(value) : undefined] as const] : []
  )
  const isModel = ['model', 'view', 'type'].includes(keyword.text)
  return {
    keyword: keyword.text,
    name: name.text,
    file,
    line: text.slice(0, keyword.start).split('\n').length,
    bodyStart: open.end,
    fields: isModel ? statements.flatMap((statement) => asField(statement, text)) : [],
    attributes: statements.flatMap((statement) => attributesOf(statement, '@@', text)),
    settings: new Map(settings.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    assigns: (wanted) => settings.some(([key]) => key === wanted)
  }
}

/** The lines of a block, each with the line break that ends it; what stands in parentheses is one line. */
function statementsOf(body: readonly Token[]): Token[][] {
  const statements: Token[][] = []
  let current: Token[] = []
  let depth = 0
  for (const token of body) {
    if (token.kind === 'newline' && depth > 0) continue
    current.push(token)
    if (token.kind === 'newline') {
      if (current.length > 1) statements.push(current)
      current = []
    }
    if (token.kind !== 'sign') continue
    if ('{[('.includes(token.text)) depth++
    if ('}])'.includes(token.text)) depth--
  }
  if (current.length > 0) statements.push(current)
  return statements
}

function asField(statement: readonly Token[], text: string): Field[] {
  const [name, type, next] = statement
  const last = statement.at(-1)
  if (name?.kind !== 'word' || type?.kind !== 'word' || !last) return []
  return [
    {
      name: name.text,
      type: type.text,
      isList: next?.text === '[',
      attributes: attributesOf(statement, '@', text),
      nameStart: name.start,
      typeStart: type.start,
      lineEnd: last.end
    }
  ]
}

function attributesOf(statement: readonly Token[], sign: '@' | '@@', text: string): Attribute[] {
  const found: Attribute[] = []
  for (let at = 0; at < statement.length; at++) {
    if (statement[at]?.text !== sign) continue
    let end = at + 2
    while (statement[end]?.text === '.') end += 2
    const name = statement.slice(at + 1, end).map(({ text }) => text)
    const close = statement[end]?.text === '(' ? closing(statement, end) : end - 1
    const source = text.slice(statement[at]?.start, statement[close]?.end)
    found.push({ name: name.join(''), source, args: statement.slice(end + 1, close) })
    at = close
  }
  return found
}
