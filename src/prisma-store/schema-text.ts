/** What a generated client's description of its models leaves out, read from the schema's text that it carries. */
export interface SchemaText {
  /** The line of a field, without its comment; undefined where the text does not say. */
  field(model: string, field: string): string | undefined
  /** All lines of a model, without comments; none where the text does not say. */
  lines(model: string): readonly string[]
}

export function readSchemaText(text = ''): SchemaText {
  // In one go, so that neither is taken for what it only has in it.
  const bare = text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/.*$|\/\*[\s\S]*?\*\//gm, (part) =>
    part.startsWith('"') ? '""' : ''
  )
  const lines = (model: string): readonly string[] => {
    const body = new RegExp(`^\\s*model\\s+${model}\\s*\\{(.*?)^\\s*\\}`, 'ms').exec(bare)?.[1] ?? ''
    return body
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  }
  return { lines, field: (model, field) => lines(model).find((line) => line.split(/\s/, 1)[0] === field) }
}

export const isUuid = (line: string | undefined): boolean => /\s@\w+\.Uuid\b/.test(line ?? '')

/** Whether a field is no list. */
export const isSingle = (line: string): boolean => /^\w+\s+\w+\??(\s|$)/.test(line)

export const isOptional = (line: string): boolean => /^\w+\s+\w+\?(\s|$)/.test(line)

/** Whether PostgreSQL compares a field's values as they are: not padded, nor in whatever case. */
export const isTextual = (line: string | undefined): boolean =>
  line !== undefined && !/\s@\w+\.(?!(Text|VarChar)\b)\w/.test(line)

/** The fields that a relation refers to. */
export function referencesOf(line: string): readonly string[] | undefined {
  const list = /@relation\(.*?\breferences:\s*\[([^\]]*)\]/.exec(line)?.[1]
  return list?.split(',').map((name) => name.trim())
}

/** Whether a value of this field alone names one row. */
export function isUnique(lines: readonly string[], field: string): boolean {
  const alone = new RegExp(`^@@(unique|id)\\(\\s*(fields:\\s*)?\\[\\s*${field}\\s*(\\([^)]*\\)\\s*)?\\]`)
  return lines.some((line) => (line.split(/\s/, 1)[0] === field && /\s@(unique|id)\b/.test(line)) || alone.test(line))
}

/** The fields without which no row can be made: neither optional nor a list, and with no default. */
export function requiredFields(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => /^\w+\s+\w+(\s|$|\()/.test(line) && !/\s@(default|updatedAt|relation)\b/.test(line))
    .map((line) => line.split(/\s/, 1)[0] as string)
}
