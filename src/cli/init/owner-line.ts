import { eolOf } from './eol.js'
import type { OwnerModel } from './owner-model.js'
import type { Block } from './schema.js'
import { fieldOf } from './schema-names.js'

/** Text that goes into a file, and nothing that goes out of it. */
export interface Insertion {
  /** The file, by its name. */
  readonly file: string
  readonly offset: number
  readonly text: string
}

/**
 * The one line that the owner's model needs, behind its last field and in line with that.
 * @returns undefined where it is there
 */
export function ownerLine(
  { block }: OwnerModel,
  { keyModel, backField }: { readonly keyModel: string; readonly backField: string },
  text: string
): Insertion | undefined {
  if (block.fields.some(({ type, isList }) => type === keyModel && isList)) return undefined
  const name = freeName(block, backField, keyModel)
  const last = block.fields.at(-1)
  const eol = eolOf(text)
  if (!last) return { file: block.file, offset: block.bodyStart, text: `${eol}  ${name} ${keyModel}[]` }
  const before = text.slice(text.lastIndexOf('\n', last.nameStart - 1) + 1, last.nameStart)
  const indent = /^[ \t]*$/.test(before) ? before : '  '
  const width = last.typeStart - last.nameStart
  return { file: block.file, offset: last.lineEnd, text: `${indent}${`${name} `.padEnd(width)}${keyModel}[]${eol}` }
}

function freeName(block: Block, backField: string, keyModel: string): string {
  const candidates = [
    backField,
    `keystile${backField.charAt(0).toUpperCase()}${backField.slice(1)}`,
    `keystile${keyModel}List`
  ]
  return candidates.find((name) => !fieldOf(block, name)) ?? `${backField}OfKeystile`
}
