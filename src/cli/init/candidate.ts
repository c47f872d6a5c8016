import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { Failure } from '../failure.js'
import type { Plan } from './plan.js'
import type { Project, SchemaFile } from './project.js'

/** The files of a schema with what a plan adds to them; those that stay as they are, too. */
export function filesAfter({ files }: Project, { insertions, newFile }: Plan): SchemaFile[] {
  const changed = files.map((file) => {
    const own = insertions.filter((one) => one.file === file.name).sort((a, b) => b.offset - a.offset)
    return {
      ...file,
      text: own.reduce((text, one) => text.slice(0, one.offset) + one.text + text.slice(one.offset), file.text)
    }
  })
  return newFile ? [...changed, newFile] : changed
}

/**
 * Has the project's own Prisma look at the files in a folder elsewhere, before any of the project's is touched.
 * @throws Failure `invalid_schema` that says what Prisma says
 */
export async function requireValid(project: Project, files: readonly SchemaFile[]): Promise<void> {
  const { schemaPath, isFolder, prisma } = project
  const root = isFolder ? schemaPath : dirname(schemaPath)
  const elsewhere = mkdtempSync(join(tmpdir(), 'keystile-init-'))
  try {
    for (const { path, text } of files) {
      const copy = join(elsewhere, relative(root, path))
      mkdirSync(dirname(copy), { recursive: true })
      writeFileSync(copy, text)
    }
    const fault = await prisma.faultOf(isFolder ? elsewhere : join(elsewhere, basename(schemaPath)))
    if (fault === undefined) return
    // As other messages name the files: from where the command runs.
    const place = relative(project.folder, join(root, 'x')).slice(0, -1)
    throw new Failure(
      'invalid_schema',
      fault.replace(/[^\s(]*keystile-init-[^/\\]+[/\\]/g, () => place)
    )
  } finally {
    rmSync(elsewhere, { recursive: true, force: true })
  }
}

/** What a plan that failed failed for: where the schema was not valid to begin with, that. */
export async function firstFault(project: Project, failure: unknown): Promise<unknown> {
  const fault = await requireValid(project, project.files).catch((error: unknown) => error)
  if (!(fault instanceof Failure)) return failure
  return new Failure(
    fault.code,
    `The schema is not valid as it is, so nothing was changed. Prisma says: ${fault.message}`
  )
}
