import { readFileSync } from 'node:fs'
import type { Provider } from '../../sql-names.js'
import type { OurNames } from './our-names.js'

/** How a column that refers to an owner is written. */
export interface IdColumn {
  /** `String`, `Int` or `BigInt`. */
  readonly type: string
  /** `@db.Uuid`, or nothing. */
  readonly native: string
}

export interface ModelSettings {
  readonly provider: Provider
  /** The datasource's name: native types are called by it. */
  readonly datasource: string
  readonly names: OurNames
  readonly userId: IdColumn
  /** undefined without a relation. */
  readonly owner: { readonly model: string; readonly idField: string } | undefined
  /** The schema of PostgreSQL that all models of ours are in, where the project names schemas. */
  readonly databaseSchema: string | undefined
}

const wholeModel = /(?:^\/\/\/ .*\n)*^model (\w+) \{\n[\s\S]*?^\}\n/gm

/** keystile's models as this project has them: the package's name and the text. */
export function ourModels(settings: ModelSettings): ReadonlyMap<string, string> {
  const source = readFileSync(new URL('../../../prisma/models.prisma', import.meta.url), 'utf8')
  const found = [...source.matchAll(wholeModel)].map(([text, name = '']) => [name, text] as const)
  return new Map(
    found.flatMap(([name, text]) => (settings.names.models.has(name) ? [[name, rewritten(name, text, settings)]] : []))
  )
}

function rewritten(name: string, text: string, settings: ModelSettings): string {
  const { names, provider, datasource, databaseSchema } = settings
  const lines = text.split('\n').flatMap((line) => {
    if (line.startsWith('model ')) return [`model ${names.models.get(name)} {`]
    if (line.startsWith('  @@map(')) {
      const schema = databaseSchema === undefined ? [] : [`  @@schema(${JSON.stringify(databaseSchema)})`]
      return [`  @@map("${names.tables.get(name)}")`, ...schema]
    }
    if (/^ {2}user /.test(line)) return relation(settings)
    if (/^ {2}userId /.test(line)) return [userId(line, settings)]
    return [
      provider === 'postgresql' && /^ {2}\w+ +DateTime/.test(line) ? `${line} @${datasource}.Timestamptz(3)` : line
    ]
  })
  return aligned(lines).join('\n')
}

const relation = ({ owner }: ModelSettings): string[] =>
  owner ? [`  user ${owner.model} @relation(fields: [userId], references: [${owner.idField}], onDelete: Cascade)`] : []

const userId = (line: string, { userId: { type, native } }: ModelSettings): string =>
  `${line.replace(' String ', ` ${type} `)}${native === '' ? '' : ` ${native}`}`

const field = /^ {2}(\w+) +(\S+)(?: +(\S.*))?$/

/** Names, types and attributes below each other, as `prisma format` has them. */
function aligned(lines: readonly string[]): string[] {
  const fields = lines.map((line) => field.exec(line))
  const width = (group: number) => Math.max(...fields.map((parts) => parts?.[group]?.length ?? 0))
  const [names, types] = [width(1), width(2)]
  return lines.map((line, index) => {
    const [, name = '', type = '', rest = ''] = fields[index] ?? []
    return fields[index] ? `  ${name.padEnd(names)} ${type.padEnd(types)} ${rest}`.trimEnd() : line
  })
}
