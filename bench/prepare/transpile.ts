/** Makes JavaScript of the bench's processes, so that none that is measured has a loader in it. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bench, built } from './places.js'

const folders = ['targets', 'run', 'generated']

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
    outdir: built,
    outbase: bench,
    bundle: false,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning'
  })
}
