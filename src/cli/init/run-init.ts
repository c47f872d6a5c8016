import { filesAfter, firstFault, requireValid } from './candidate.js'
import { diffOf } from './diff.js'
import { callOf, mappingOf } from './mapping.js'
import { type InitOptions, type Plan, planInit } from './plan.js'
import { openProject, type Project, type SchemaFile, schemaArgument } from './project.js'
import { type FileChange, writeAll } from './write.js'

export interface InitRequest extends InitOptions {
  readonly schema?: string
  readonly dryRun?: boolean
}

export interface InitReport {
  readonly provider: string
  readonly changed: readonly string[]
  readonly addedModels: readonly string[]
  readonly owner: { readonly model: string; readonly idField: string } | null
  /** The option `models`, where names are not the usual ones. */
  readonly models: Readonly<Record<string, unknown>> | null
  readonly code: string
  readonly next: readonly string[]
  readonly diff: string
}

/** Adds keystile's models to the project's schema, unless it is a dry run. @throws Failure, with nothing changed */
export async function runInit(folder: string, { schema, dryRun, ...options }: InitRequest): Promise<InitReport> {
  const project = await openProject(folder, schema)
  try {
    const plan = planInit(project, options)
    const files = filesAfter(project, plan)
    const changes = changesOf(project, files)
    if (changes.length > 0) await requireValid(project, files)
    if (!dryRun) writeAll(changes)
    return reportOf(plan, changes, schema)
  } catch (error) {
    throw await firstFault(project, error)
  }
}

type Change = FileChange & Pick<SchemaFile, 'name'>

function changesOf({ files }: Project, after: readonly SchemaFile[]): Change[] {
  return after.flatMap(({ name, path, text }) => {
    const before = files.find((file) => file.path === path)?.text
    return before === text ? [] : [{ name, path, before, after: text }]
  })
}

function reportOf(plan: Plan, changes: readonly Change[], schema: string | undefined): InitReport {
  const { provider, owner, added } = plan
  const mapping = mappingOf(plan)
  const place = schemaArgument(schema)
  return {
    provider,
    changed: changes.map(({ name }) => name),
    addedModels: added,
    owner: owner ? { model: owner.block.name, idField: owner.idField } : null,
    models: mapping ?? null,
    code: callOf(mapping),
    next: [
      `npx prisma migrate dev --create-only --name keystile${place}`,
      `npx keystile triggers --append${place}`,
      `npx prisma migrate dev${place}`,
      `npx prisma generate${place}`
    ],
    diff: changes.map(({ name, before, after }) => diffOf(name, before, after)).join('')
  }
}
