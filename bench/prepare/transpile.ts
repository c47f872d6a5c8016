/** Makes JavaScript of the bench's processes, so that none that is measured has a loader in it. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bench, built, root } from './places.js'

const folders = ['targets', 'run', 'prisma', 'generated']

function sources(folder: string): readonly string[] {
  if (!existsSync(join(bench, folder))) return []
  return readdirSync(join(bench, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[mc]?ts$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(bench, folder, name))
}

export async function transpile(): Promise<void> {
  rmSync(built, { recursive: true, force: true })
  await build({
    absWorkingDir: bench,
    entryPoints: [join(bench, 'target.ts'), join(bench, 'plan.ts'), ...folders.flatMap(sources)],
    outdir: join(built, 'bench'),
    outbase: bench,
    bundle: false,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning'
  })
  const doors = [
    [join(root, 'dist'), join(built, 'dist')],
    [join(root, 'prisma'), join(built, 'prisma')]
  ] as const
  mkdirSync(built, { recursive: true })
  // Without rights that Windows gives to few, a folder is joined, not linked.
  for (const [real, door] of doors) symlinkSync(real, door, process.platform === 'win32' ? 'junction' : 'dir')
  copyFilesOf('prisma')
}

/** What targets read beside their code: SQL, schemas. */
function copyFilesOf(folder: string): void {
  if (!existsSync(join(bench, folder))) return
  cpSync(join(bench, folder), join(built, 'bench', folder), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts')
  })
}
