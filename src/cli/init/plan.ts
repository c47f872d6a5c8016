import { join, relative } from 'node:path'
import type { Provider } from '../../sql-names.js'
import { Failure, misuse } from '../failure.js'
import { refuseClashes } from './clashes.js'
import { eolOf } from './eol.js'
import { type IdColumn, ourModels } from './our-models.js'
import { type OurNames, ourNames } from './our-names.js'
import { keyModelIn, missingModels, nearlyKeyModelIn, ownerNameOf } from './ours-there.js'
import { type Insertion, ownerLine } from './owner-line.js'
import { type OwnerModel, ownerModel } from './owner-model.js'
import type { Project, SchemaFile } from './project.js'
import type { Block } from './schema.js'
import { databaseSchemaOf } from './schema-names.js'

export interface InitOptions {
  readonly ownerModel?: string
  /** False: keys without a relation to a model of owners. */
  readonly relation: boolean
  readonly ownerIdType?: 'String' | 'Int' | 'BigInt' | 'Uuid'
  readonly keyModel?: string
}

export interface Plan {
  readonly provider: Provider
  readonly names: OurNames
  /** undefined without a relation. */
  readonly owner: OwnerModel | undefined
  /** The names here of the models that are added. */
  readonly added: readonly string[]
  readonly insertions: readonly Insertion[]
  /** A file of its own for the models, in a folder of schema files. */
  readonly newFile: SchemaFile | undefined
}

/** The database of a schema. @throws Failure where keystile does not work with it */
export function datasourceOf(blocks: readonly Block[]): { readonly provider: Provider; readonly block: Block } {
  const block = blocks.find(({ keyword }) => keyword === 'datasource')
  if (!block) throw new Failure('misconfigured', 'The schema has no datasource block.')
  const provider = block.settings.get('provider') ?? 'a database that it does not name'
  if (provider === 'sqlite') return { provider, block }
  if (provider === 'postgresql' || provider === 'postgres') return { provider: 'postgresql', block }
  throw new Failure(
    'unsupported',
    `This schema is for ${provider}; keystile works with SQLite and PostgreSQL. Its keys can be in one of those beside your own database: createApiKeys({ url }).`
  )
}

/** What has to be added to a schema; it is not touched yet. @throws Failure */
export function planInit(project: Project, options: InitOptions): Plan {
  const { blocks } = project
  const { provider, block: datasource } = datasourceOf(blocks)
  // Another name says that what is nearly keystile's is not.
  const there = keyModelIn(blocks) ?? (options.keyModel === undefined ? nearlyKeyModelIn(blocks) : undefined)
  const names = ourNames(keyModelName(there, options.keyModel), provider)
  const owner = findOwner(there, options, blocks)
  const adding = there ? missingModels(blocks, names) : [...names.models.keys()]
  const databaseSchema = schemaOf(datasource, there ?? owner?.block, blocks)
  refuseClashes(blocks, { provider, names, adding, databaseSchema })
  const models = ourModels({
    provider,
    datasource: datasource.name,
    names,
    userId: owner?.userId ?? idColumn(options, datasource, provider),
    owner: owner && { model: owner.block.name, idField: owner.idField },
    databaseSchema
  })
  const line = owner && ownerLine(owner, names, textOf(project, owner.block.file))
  const texts = adding.map((own) => models.get(own) ?? '')
  const place = placeOf(project, datasource)
  return {
    provider,
    names,
    owner,
    added: adding.map((own) => names.models.get(own) ?? own),
    insertions: [...(line ? [line] : []), ...(texts.length > 0 && 'text' in place ? [appended(place, texts)] : [])],
    newFile: texts.length > 0 && !('text' in place) ? newFile(place, texts, project) : undefined
  }
}

function keyModelName(there: Block | undefined, wanted: string | undefined): string {
  if (wanted !== undefined && !/^[A-Z][A-Za-z0-9]{0,39}$/.test(wanted)) {
    throw misuse('--key-model must be a name such as ApiToken: a capital, then letters and digits.')
  }
  if (there && wanted !== undefined && wanted !== there.name) {
    throw misuse(`keystile's models are in this schema already: ${there.name} (${there.file}:${there.line}).`)
  }
  return there?.name ?? wanted ?? 'ApiKey'
}

/** Keys that are there have their owner already. */
function findOwner(there: Block | undefined, options: InitOptions, blocks: readonly Block[]): OwnerModel | undefined {
  const { ownerModel: wanted, relation, ownerIdType } = options
  if (!relation && wanted !== undefined) throw misuse('Give --owner-model or --no-relation, not both.')
  if (relation && ownerIdType !== undefined) {
    throw misuse("--owner-id-type goes with --no-relation; else it is the type of the owner's id.")
  }
  if (!there) return relation ? ownerModel(blocks, wanted) : undefined
  const known = ownerNameOf(there)?.model
  if (wanted !== undefined && wanted !== known) {
    throw misuse(`The model ${there.name} (${there.file}:${there.line}) belongs to ${known ?? 'no model'} already.`)
  }
  if (!relation && known !== undefined) {
    throw misuse(`The model ${there.name} (${there.file}:${there.line}) has a relation to ${known} already.`)
  }
  return known === undefined ? undefined : ownerModel(blocks, known)
}

function idColumn({ ownerIdType = 'String' }: InitOptions, { name }: Block, provider: Provider): IdColumn {
  if (ownerIdType !== 'Uuid') return { type: ownerIdType, native: '' }
  return { type: 'String', native: provider === 'postgresql' ? `@${name}.Uuid` : '' }
}

/** Where a project names PostgreSQL's schemas, each model has to: ours go where the owner is, so that triggers find both. */
function schemaOf(datasource: Block, beside: Block | undefined, blocks: readonly Block[]): string | undefined {
  if (!datasource.assigns('schemas')) return undefined
  const first = beside ?? blocks.find(({ keyword }) => keyword === 'model')
  return (first && databaseSchemaOf(first)) ?? 'public'
}

const textOf = ({ files }: Project, name: string): string => files.find((file) => file.name === name)?.text ?? ''

/** The file for the models; only its path where it is still to be made. */
function placeOf({ files, isFolder, schemaPath }: Project, datasource: Block): SchemaFile | { readonly path: string } {
  const path = join(schemaPath, 'keystile.prisma')
  return files.find((file) => (isFolder ? file.path === path : file.name === datasource.file)) ?? { path }
}

function appended({ name, text }: SchemaFile, models: readonly string[]): Insertion {
  const eol = eolOf(text)
  const gap = text === '' ? '' : /\n\r?\n$/.test(text) ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return { file: name, offset: text.length, text: `${gap}${models.join('\n')}`.replaceAll('\n', eol) }
}

function newFile(
  { path }: { readonly path: string },
  models: readonly string[],
  { folder, files }: Project
): SchemaFile {
  const text = `// keystile's models. Your code and queries may use them. Names that you change belong into the option models of createApiKeys.\n\n${models.join('\n')}`
  return { name: relative(folder, path), path, text: text.replaceAll('\n', eolOf(files[0]?.text ?? '')) }
}
