/** keystile's schema with another name for everything: models, fields, tables and columns. */
import type { ApiKeysOptions } from 'keystile'
import { type KeyModel, keyModels } from '../../src/prisma-store/key-models.js'

const names: Readonly<Record<KeyModel, string>> = {
  User: 'Account',
  ApiKey: 'Token',
  ApiKeyEvent: 'TokenEvent',
  ApiKeyUsage: 'TokenHour',
  ApiKeyForm: 'TokenForm',
  ApiKeyFlush: 'TokenFlush'
}

const isModel = (name: string): name is KeyModel => name in names
const fieldOf = (model: KeyModel, field: string) =>
  field in keyModels[model] ? `its${field.charAt(0).toUpperCase()}${field.slice(1)}` : field

/** What createApiKeys has to be told of a client of that schema. */
export const renamedModels = Object.fromEntries(
  Object.entries(names).map(([model, name]) => {
    const fields = Object.keys(keyModels[model as KeyModel]).map((field) => [field, fieldOf(model as KeyModel, field)])
    return [model === 'User' ? 'owner' : `a${model.slice(1)}`, { name, fields: Object.fromEntries(fields) }]
  })
) as NonNullable<ApiKeysOptions['models']>

/** The schema itself; its tables begin with `app_`, its columns with `c_`. */
export function renamedSchema(schema: string): string {
  return schema.replace(/^model (\w+) \{(.*?)^\}/gms, (block, model: string, body: string) =>
    isModel(model)
      ? `model ${names[model]} {${body
          .split('\n')
          .map((line) => renamedLine(model, line))
          .join('\n')}}`
      : block
  )
}

function renamedLine(model: KeyModel, line: string): string {
  if (/^\s*($|\/\/)/.test(line)) return line
  const inList = (of: KeyModel) => (_: string, before: string, list: string) =>
    `${before}[${list.replaceAll(/\w+/g, (field) => fieldOf(of, field))}]`
  const lists = line
    .replace(/(references: )\[([^\]]*)\]/g, inList('User'))
    .replace(/((?:@@\w+\(|fields: ))\[([^\]]*)\]/g, inList(model))
  if (lists.trimStart().startsWith('@@')) return lists.replace('@@map("', '@@map("app_')
  const [, indent = '', field = '', type = '', rest = ''] = /^(\s*)(\w+)(\s+\S+)(.*)$/.exec(lists) ?? []
  const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field
  const isRelation = Object.keys(names).some((name) => type.trim().replace('[]', '') === name)
  const mapped = isRelation ? rest : `${rest.replace(/@map\("\w+"\)/, '')} @map("c_${column}")`
  return `${indent}${fieldOf(model, field)}${type.replace(/\w+/, (name) => (isModel(name) ? names[name] : name))}${mapped}`
}
