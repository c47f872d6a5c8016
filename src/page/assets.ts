import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A file of the page, as it is sent. */
export interface Asset {
  readonly type: string
  readonly body: Buffer
  readonly etag: string
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8'
}

/** Beside this file in src as in dist: the build copies them. */
const folder = new URL('./assets/', import.meta.url)

/** The chart, from the package that makes it. */
const charts = { 'uplot.js': 'uplot/dist/uPlot.esm.js', 'uplot.css': 'uplot/dist/uPlot.min.css' }

const extensionOf = (name: string) => name.slice(name.lastIndexOf('.') + 1)

function readAsset(name: string, path: string | URL): [string, Asset] {
  const body = readFileSync(path)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  return [name, { type: types[extensionOf(name)] ?? '', body, etag }]
}

/** Scripts and styles of the page by name, read from disk once for each router. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const { resolve } = createRequire(import.meta.url)
  // Declarations and settings of the type check lie there too.
  const own = readdirSync(fileURLToPath(folder)).filter((name) => /\.(css|js)$/.test(name))
  return new Map([
    ...own.map((name) => readAsset(name, new URL(name, folder))),
    ...Object.entries(charts).map(([name, path]) => readAsset(name, resolve(path)))
  ])
}
